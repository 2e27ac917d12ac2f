// What a run learns from: batches of whatever the trained model takes, be it images or features of them.
import { readBatches, type BatchPlan, type BatchSource } from './batches.ts'

/** One input of the model, the batch axis first. */
interface InputArray {
  readonly values: Float32Array
  readonly shape: readonly number[]
}

export interface InputBatch {
  readonly indices: readonly number[]
  /** In the order of the model's inputs; the reader's until it asks for the next batch. */
  readonly inputs: readonly InputArray[]
}

export interface TrainingSource {
  /** Of each image. */
  readonly labels: readonly number[]
  /** Which of the training sets each is of. */
  readonly sets: readonly number[]
  /** In the order of the plans; what is in a batch follows from its plan alone. */
  batches(plans: Iterable<BatchPlan>): AsyncIterable<InputBatch>
}

/**
 * Images as a network takes them.
 * @param toInput of float32 `[count, height, width, 3]` in [0, 1], which networks that are made here take as they are.
 */
export function createImageSource(
  source: BatchSource,
  toInput = (values: Float32Array, count: number): InputArray => {
    const { height, width } = source.size
    return { values, shape: [count, height, width, 3] }
  },
): TrainingSource {
  const { images } = source
  return {
    labels: images.labels,
    sets: images.sets,
    async *batches(plans) {
      for await (const { pixels, indices } of readBatches(source, plans)) {
        yield { indices, inputs: [toInput(pixels, indices.length)] }
      }
    },
  }
}
