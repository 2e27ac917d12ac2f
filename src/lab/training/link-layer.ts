// Between two parts, in training alone: features come through the codec that will carry them from tier to tier, so that
// the part before learns to give what survives it, and the part behind what arrives.
import type { Tensor } from '@tensorflow/tfjs-core'
import type { FeatureForm } from '../../domain/feature-codec.ts'
import { isEveryFinite } from '../../domain/finite.ts'
import type { SymbolicTensor, Tf } from '../../model/networks/network.ts'
import { onlyOf } from './native-layers.ts'
import { decodeFeatures, encodeFeatures } from '../../serving/wire/features/features.ts'

/**
 * A layer that rounds float32 `[batch, ...]`, each sample on its own, as the codec does; undefined for float32, which
 * changes nothing. Gradients pass as if it were not there (straight-through, Bengio et al. 2013).
 */
export function linkThrough(tf: Tf, form: FeatureForm) {
  if (form === 'float32') return undefined
  class Link extends tf.layers.Layer {
    static readonly className = 'Link'
    override computeOutputShape(shape: (number | null)[]) {
      return shape
    }
    override call(inputs: Tensor | Tensor[]) {
      const through = tf.customGrad((x) => ({
        value: tf.tensor(sentThrough(form, x as Tensor), (x as Tensor).shape),
        gradFunc: (dy: Tensor) => dy,
      }))
      return through(onlyOf(inputs))
    }
  }
  return (features: SymbolicTensor, to: string) =>
    new Link({ name: `${to}_link` }).apply(features) as SymbolicTensor
}

/** What arrives of each sample. Values that are none stay: the loop finds them in the loss. */
function sentThrough(form: FeatureForm, x: Tensor): Float32Array {
  const [batch = 1, ...shape] = x.shape
  const values = x.dataSync() as Float32Array
  const arrived = new Float32Array(values.length)
  if (!isEveryFinite(values)) return values
  const size = values.length / batch
  for (let from = 0; from < values.length; from += size) {
    const sample = values.subarray(from, from + size)
    const { bytes } = encodeFeatures(sample, shape, form)
    decodeFeatures(bytes, shape, form, arrived.subarray(from, from + size))
  }
  return arrived
}
