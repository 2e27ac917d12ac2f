// Answers of a network's own classifier as logits, which all exits are compared by.
import { logitsOf } from '../../../domain/confidence.ts'
import type { Backbone } from '../../../model/backbone/backbone.ts'
import type { SymbolicTensor, Tf } from '../../../model/networks/network.ts'
import type { Tensor } from '@tensorflow/tfjs-core'

/** How near to 0 and 1 a probability is taken for. */
const leastProbability = 1e-7

/** `[images, classes]` of answers `[images, units]`; of a single unit the logits are 0 and its own. */
export function ownLogits(
  values: Float32Array,
  units: number,
  gives: Backbone['gives'],
): Float32Array {
  if (units > 1) return Float32Array.from(logitsOf(values, gives))
  const clip = (p: number) => Math.min(1 - leastProbability, Math.max(leastProbability, p))
  const logits = new Float32Array(2 * values.length)
  for (const [i, value] of values.entries()) {
    logits[2 * i + 1] = gives === 'logits' ? value : Math.log(clip(value) / (1 - clip(value)))
  }
  return logits
}

/** The same as a layer, through which gradients flow. */
export function applyOwnLogits(
  tf: Tf,
  on: SymbolicTensor,
  units: number,
  gives: Backbone['gives'],
): SymbolicTensor {
  class OwnLogits extends tf.layers.Layer {
    static readonly className: string = 'DdnnOwnLogits'
    override computeOutputShape(): (number | null)[] {
      return [null, Math.max(2, units)]
    }
    override call(inputs: Tensor | Tensor[]): Tensor {
      return tf.tidy(() => {
        const values = tf.reshape([inputs].flat()[0] as Tensor, [-1, units])
        if (gives === 'logits') return units > 1 ? values : withZeros(values)
        const p = tf.clipByValue(values, leastProbability, 1 - leastProbability)
        return units > 1 ? tf.log(p) : withZeros(tf.sub(tf.log(p), tf.log(tf.sub(1, p))))
      })
    }
  }
  const withZeros = (values: Tensor): Tensor => tf.concat([tf.zerosLike(values), values], 1)
  return new OwnLogits({}).apply(on) as SymbolicTensor
}
