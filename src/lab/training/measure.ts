// What the exits are worth on held-out images: calibration on the first training set, results on each.
import { toCascadeSample } from '../evaluation/cascade-sample.ts'
import { tallyOf, toColumns } from '../evaluation/exit-columns.ts'
import { fitTemperature } from '../evaluation/temperature.ts'
import { thresholdsOfTraining } from '../evaluation/training-thresholds.ts'
import type { Evaluated } from './exit-logits.ts'
import { ExitMeter, type ExitMeans } from './objective.ts'

/** Of each exit, in order; the last has no threshold. */
export interface TrainedThresholds {
  readonly temperatures: readonly number[]
  readonly thresholds: readonly number[]
}

/** A cascade of all exits on the validation images of one training set. */
export interface SetResult {
  readonly folder: string
  readonly images: number
  /** Accuracy of each exit, had all images left there. */
  readonly accuracy: readonly number[]
  /** Accuracy when each image leaves at its first confident exit. */
  readonly cascadeAccuracy: number
  /** Share that leaves at each exit. */
  readonly shares: readonly number[]
}

/** Loss and accuracy of each exit. */
export function meansOf(evaluated: readonly Evaluated[], exits: number): ExitMeans {
  const meter = new ExitMeter(exits)
  for (const { logits, label } of evaluated) meter.add(logits, label)
  return meter.read()
}

/** A temperature of each exit, then thresholds over the confidences that these give. */
export function fitThresholds(evaluated: readonly Evaluated[]): TrainedThresholds {
  const exits = evaluated[0]?.logits.length ?? 0
  const temperatures = Array.from({ length: exits }, (_, i) =>
    fitTemperature(evaluated.map(({ logits, label }) => ({ logits: logits[i] ?? [], label }))),
  )
  return { temperatures, thresholds: thresholdsOfTraining(toSamples(evaluated, temperatures)) }
}

/** The exits and their cascade on the images of one training set. */
export function measureSet(
  folder: string,
  evaluated: readonly Evaluated[],
  { temperatures, thresholds }: TrainedThresholds,
): SetResult {
  const columns = toColumns(toSamples(evaluated, temperatures))
  const { right, left, samples } = tallyOf(columns, thresholds)
  return {
    folder,
    images: evaluated.length,
    accuracy: meansOf(evaluated, temperatures.length).accuracy,
    cascadeAccuracy: right / samples,
    shares: Array.from(left, (count) => count / samples),
  }
}

function toSamples(evaluated: readonly Evaluated[], temperatures: readonly number[]) {
  return evaluated.map(({ logits, label }) => toCascadeSample(logits, label, temperatures))
}
