// Every exit's logits on held-out images, exactly as serving would see them.
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { LayersModel, Tf } from '../../model/networks/network.ts'
import type { BatchPlan } from './batches.ts'
import type { TrainingSource } from './training-source.ts'

/** One image at every exit. */
export interface Evaluated {
  readonly set: number
  readonly label: number
  /** Logits of each exit. */
  readonly logits: readonly Float32Array[]
}

/** Runs the whole model over all images of the source, which gives them as the model takes them. */
export async function evaluate(
  tf: Tf,
  model: LayersModel,
  source: TrainingSource,
  batchSize: number,
): Promise<Evaluated[]> {
  const { sets, labels } = source
  const evaluated: Evaluated[] = []
  for await (const { inputs, indices } of source.batches(inOrder(labels.length, batchSize))) {
    const exits: { readonly classes: number; readonly values: Float32Array }[] = []
    // Nothing is returned from tidy, which would look for tensors in every number.
    tf.tidy(() => {
      const xs = inputs.map(({ values, shape }) => tf.tensor(values, [...shape]))
      for (const exit of [model.predict(xs)].flat() as Tensor2D[]) {
        exits.push({ classes: exit.shape[1], values: exit.dataSync() as Float32Array })
      }
    })
    for (const [at, index] of indices.entries()) {
      const logits = exits.map(({ classes, values }) =>
        values.slice(at * classes, (at + 1) * classes),
      )
      evaluated.push({ set: sets[index] as number, label: labels[index] as number, logits })
    }
  }
  return evaluated
}

function* inOrder(count: number, batchSize: number): Generator<BatchPlan> {
  for (let from = 0; from < count; from += batchSize) {
    const length = Math.min(batchSize, count - from)
    yield { indices: Array.from({ length }, (_, i) => from + i), seeds: [] }
  }
}
