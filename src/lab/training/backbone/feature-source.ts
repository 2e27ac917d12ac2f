// What heads learn from, batch by batch: features that are in memory, or of images that are augmented anew.
import { readBatches, type BatchSource } from '../batches.ts'
import type { TrainingSource } from '../training-source.ts'
import { poolImages, type PooledFeatures, type Pooling } from './pooled-features.ts'

/** Images as the heads see them. */
export interface FeatureSet {
  readonly labels: readonly number[]
  /** Which of the training sets each is of. */
  readonly sets: readonly number[]
  /** Of each exit: standardised features of a head, or logits of the own classifier. `[images, width]`. */
  readonly inputs: PooledFeatures
}

/** Features of all images, of these widths. */
export function createFeatureSource(
  { labels, sets, inputs }: FeatureSet,
  widths: readonly number[],
): TrainingSource {
  return {
    labels,
    sets,
    // eslint-disable-next-line @typescript-eslint/require-await
    async *batches(plans) {
      for (const { indices } of plans) {
        const rows = inputs.map((values, i) => rowsOf(values, widths[i] as number, indices))
        yield { indices, inputs: shaped(rows, indices.length) }
      }
    },
  }
}

/** Augmented images of this source through the network, then as the heads take its features. */
export function createViewSource(
  source: BatchSource,
  pooling: Pooling,
  toInputs: (features: PooledFeatures) => PooledFeatures,
): TrainingSource {
  const { labels, sets } = source.images
  return {
    labels,
    sets,
    async *batches(plans) {
      for await (const { pixels, indices } of readBatches(source, plans)) {
        const features = await poolImages(pixels, indices.length, pooling)
        yield { indices, inputs: shaped(toInputs(features), indices.length) }
      }
    },
  }
}

function shaped(rows: PooledFeatures, count: number) {
  return rows.map((values) => ({ values, shape: [count, values.length / count] }))
}

/** Rows of `[images, width]`, after one another. */
function rowsOf(values: Float32Array, width: number, rows: readonly number[]): Float32Array {
  const picked = new Float32Array(rows.length * width)
  for (const [i, row] of rows.entries()) {
    picked.set(values.subarray(row * width, (row + 1) * width), i * width)
  }
  return picked
}
