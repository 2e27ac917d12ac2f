// Predictions against the truth: of one exit, or of the cascade. Pure.
import { shareOf, type Share } from '../../domain/share.ts'
import {
  classMetricsOf,
  confusionOf,
  type ClassMetrics,
  type Confusion,
  type Prediction,
} from './confusion.ts'

export interface Quality {
  readonly accuracy: Share
  readonly confusion: Confusion
  readonly classes: readonly ClassMetrics[]
}

/** `labels` name the classes, in order. */
export function qualityOf(predictions: readonly Prediction[], labels: readonly string[]): Quality {
  const right = predictions.filter(({ label, prediction }) => label === prediction).length
  return {
    accuracy: shareOf(right, predictions.length),
    confusion: confusionOf(predictions, labels.length),
    classes: classMetricsOf(predictions, labels),
  }
}
