// How often an exit is how confident, and whether it is right then. Pure.

export interface ConfidenceBin {
  /** Confidences from here, and up to and without `to`; the last bin's end belongs to it. */
  readonly from: number
  readonly to: number
  readonly right: number
  readonly wrong: number
}

const bins = 20

/** Twenty equal steps of `range`, or from the least to the most confidence; those that are no numbers are left out. */
export function confidenceHistogram(
  confidences: ArrayLike<number>,
  isRight: (sample: number) => boolean,
  range?: readonly [number, number],
): readonly ConfidenceBin[] {
  const [least, most] = range ?? rangeOf(confidences)
  if (!(most > least)) return []
  const right = new Uint32Array(bins)
  const wrong = new Uint32Array(bins)
  for (let i = 0; i < confidences.length; i++) {
    const confidence = confidences[i] as number
    if (!Number.isFinite(confidence)) continue
    const place = Math.floor(((confidence - least) / (most - least)) * bins)
    const counts = isRight(i) ? right : wrong
    const bin = Math.min(bins - 1, Math.max(0, place))
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  const edge = (bin: number) => least + ((most - least) * bin) / bins
  return Array.from(right, (count, bin) => ({
    ...{ from: edge(bin), to: edge(bin + 1) },
    ...{ right: count, wrong: wrong[bin] ?? 0 },
  }))
}

function rangeOf(values: ArrayLike<number>): readonly [number, number] {
  let least = Infinity
  let most = -Infinity
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    if (!Number.isFinite(value)) continue
    least = Math.min(least, value)
    most = Math.max(most, value)
  }
  // One value has no width to draw.
  return least === most ? [least - 0.5, most + 0.5] : [least, most]
}
