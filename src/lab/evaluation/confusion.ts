// Truth against prediction, and what follows from it for each class.

/** Counts as [truth][prediction]; samples without a prediction (all values NaN) are in no column. */
export type Confusion = readonly (readonly number[])[]

export interface Prediction {
  readonly label: number
  /** Index of the class; -1 for none. */
  readonly prediction: number
}

export interface ClassMetrics {
  readonly label: string
  /** Samples whose truth it is. */
  readonly samples: number
  /** Right ones of those predicted as it; NaN where none is. */
  readonly precision: number
  /** Right ones of its samples; NaN where it has none. */
  readonly recall: number
  /** Harmonic mean of both: 2 right / (samples + predicted); NaN where there are neither. */
  readonly f1: number
}

export function confusionOf(predictions: readonly Prediction[], classes: number): Confusion {
  const counts = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0))
  for (const { label, prediction } of predictions) {
    const row = counts[label]
    if (row !== undefined && prediction in row) row[prediction] = (row[prediction] ?? 0) + 1
  }
  return counts
}

/** One entry a label; `samples` counts also those without a prediction. */
export function classMetricsOf(
  predictions: readonly Prediction[],
  labels: readonly string[],
): readonly ClassMetrics[] {
  return labels.map((label, index) => {
    const truths = predictions.filter((p) => p.label === index).length
    const predicted = predictions.filter((p) => p.prediction === index).length
    const right = predictions.filter((p) => p.label === index && p.prediction === index).length
    return {
      label,
      samples: truths,
      precision: right / predicted,
      recall: right / truths,
      f1: (2 * right) / (truths + predicted),
    }
  })
}
