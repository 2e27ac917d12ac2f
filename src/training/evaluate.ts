// Every exit's logits on held-out images, exactly as serving would see them.
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { LayersModel, Tf } from '../model/networks/network.ts'
import { writePlain } from './augment.ts'
import type { LabelledImage } from './data-set.ts'

/** One image at every exit. */
export interface Evaluated {
  readonly set: number
  readonly label: number
  /** Logits of each exit. */
  readonly logits: readonly Float32Array[]
}

/** Runs the whole model over images that are decoded to the network's own size. */
export function evaluate(
  tf: Tf,
  model: LayersModel,
  images: readonly LabelledImage[],
  batchSize: number,
): Evaluated[] {
  const evaluated: Evaluated[] = []
  for (let from = 0; from < images.length; from += batchSize) {
    const batch = images.slice(from, from + batchSize)
    const { height, width } = batch[0] as LabelledImage
    const data = new Float32Array(batch.length * height * width * 3)
    for (const [at, image] of batch.entries()) {
      writePlain(image, { data, offset: at * height * width * 3, height, width })
    }
    const exits: { readonly classes: number; readonly values: Float32Array }[] = []
    // Nothing is returned from tidy, which would look for tensors in every number.
    tf.tidy(() => {
      const x = tf.tensor4d(data, [batch.length, height, width, 3])
      for (const exit of [model.predict(x)].flat() as Tensor2D[]) {
        exits.push({ classes: exit.shape[1], values: exit.dataSync() as Float32Array })
      }
    })
    for (const [at, { set, label }] of batch.entries()) {
      const logits = exits.map(({ classes, values }) =>
        values.slice(at * classes, (at + 1) * classes),
      )
      evaluated.push({ set, label, logits })
    }
  }
  return evaluated
}
