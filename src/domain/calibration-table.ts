// What every exit said of the images that calibrated a family: from it follows, exactly on those images, what other
// thresholds would give. Kept beside the models by `calibrate`, and told to the live page.
import type { ConfidenceName } from './confidence.ts'
import { leaves } from './leaves.ts'

export interface CalibrationColumn {
  /** Place among all exits of the family, from 0. */
  readonly exit: number
  /** What the confidences are; others say nothing of a threshold for another criterion. */
  readonly criterion: ConfidenceName
  readonly temperature: number
  /** One an image, in the order of the images. */
  readonly confidence: readonly number[]
  /** 1 where the exit was right, 0 where not; one an image. */
  readonly right: readonly (0 | 1)[]
}

/** Columns in the order of the exits, of the same images. */
export interface CalibrationTable {
  /** Of the models; undefined where their manifests name none. */
  readonly family: string | undefined
  readonly images: number
  readonly columns: readonly CalibrationColumn[]
}

/** What thresholds give on the images of a table. */
export interface CascadeOutlook {
  /** Share of the images that are right where they leave, 0 to 1. */
  readonly accuracy: number
  /** Share that leaves at each exit, in the order of the columns; they sum to 1. */
  readonly leave: readonly number[]
  /** Share right of those that leave at each exit; undefined where none does. */
  readonly accuracyOfLeavers: readonly (number | undefined)[]
}

/**
 * Each image leaves at the first exit whose confidence reaches its threshold; the last column takes all that are left.
 * @param thresholds one a column; that of the last one is not looked at.
 */
export function outlookOf(
  { columns, images }: CalibrationTable,
  thresholds: readonly number[],
): CascadeOutlook {
  const left = columns.map(() => 0)
  const right = columns.map(() => 0)
  for (let image = 0; image < images; image += 1) {
    const found = columns.findIndex(
      ({ confidence }, i) =>
        i === columns.length - 1 ||
        leaves(confidence[image] ?? Number.NaN, thresholds[i] ?? Number.POSITIVE_INFINITY),
    )
    if (found < 0) continue
    left[found] = (left[found] ?? 0) + 1
    right[found] = (right[found] ?? 0) + (columns[found]?.right[image] ?? 0)
  }
  return {
    accuracy: right.reduce((sum, one) => sum + one, 0) / images,
    leave: left.map((one) => one / images),
    accuracyOfLeavers: left.map((one, i) => (one === 0 ? undefined : (right[i] ?? 0) / one)),
  }
}
