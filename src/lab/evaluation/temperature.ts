// One temperature an exit: what its logits are divided by, so that confidences say how often it is right
// (Guo et al. 2017, "On Calibration of Modern Neural Networks"). Pure functions.

/** Logits of one sample at one exit, and its label. */
export interface Scored {
  readonly logits: ArrayLike<number>
  readonly label: number
}

/** Fits end here: an exit that is always right would want 0, one that knows nothing infinity. */
export const temperatureLimits = { least: 0.05, most: 20 } as const

/** Mean negative log-likelihood of the labels at this temperature, nats. */
export function meanNll(samples: readonly Scored[], temperature: number): number {
  let sum = 0
  for (const sample of samples) sum += nllOf(sample, temperature)
  return sum / samples.length
}

/** Of one sample, nats. */
export function nllOf({ logits, label }: Scored, temperature: number): number {
  let max = -Infinity
  for (let i = 0; i < logits.length; i++) max = Math.max(max, logits[i] as number)
  let total = 0
  for (let i = 0; i < logits.length; i++) {
    total += Math.exp(((logits[i] as number) - max) / temperature)
  }
  // log-sum-exp less the label's own: no probability is taken first, so none is cut off at 0.
  return Math.log(total) - ((logits[label] as number) - max) / temperature
}

/**
 * The temperature with the least negative log-likelihood; 1 for no samples. The likelihood is convex in
 * b = 1 / temperature (a log-sum-exp of linear terms, less a linear one), so its slope
 * mean(E_p[logit] - logit of the label) rises with b and has one root: Newton's steps, kept inside a
 * bracket that shrinks. Samples whose logits are not all finite are left out.
 */
export function fitTemperature(samples: readonly Scored[]): number {
  const usable = samples.filter(({ logits }) => isFinite(logits))
  if (usable.length === 0) return 1
  let low = 1 / temperatureLimits.most
  let high = 1 / temperatureLimits.least
  if (slopeAt(usable, low).slope >= 0) return temperatureLimits.most
  if (slopeAt(usable, high).slope <= 0) return temperatureLimits.least
  let b = 1
  for (let step = 0; step < 60 && high - low > 1e-9 * high; step++) {
    const { slope, curvature } = slopeAt(usable, b)
    if (slope > 0) high = b
    else low = b
    const newton = b - slope / curvature
    const next = newton > low && newton < high ? newton : (low + high) / 2
    if (Math.abs(next - b) < 1e-9 * b) return 1 / next
    b = next
  }
  return 1 / b
}

/** First and second derivative of the mean negative log-likelihood by b = 1 / temperature. */
function slopeAt(
  samples: readonly Scored[],
  b: number,
): { readonly slope: number; readonly curvature: number } {
  let slope = 0
  let curvature = 0
  for (const { logits, label } of samples) {
    let max = -Infinity
    for (let i = 0; i < logits.length; i++) max = Math.max(max, logits[i] as number)
    let total = 0
    let first = 0
    let second = 0
    for (let i = 0; i < logits.length; i++) {
      const z = (logits[i] as number) - max
      const e = Math.exp(z * b)
      total += e
      first += e * z
      second += e * z * z
    }
    const mean = first / total
    slope += mean - ((logits[label] as number) - max)
    curvature += second / total - mean * mean
  }
  return { slope: slope / samples.length, curvature: curvature / samples.length }
}

function isFinite(logits: ArrayLike<number>): boolean {
  for (let i = 0; i < logits.length; i++) if (!Number.isFinite(logits[i])) return false
  return true
}
