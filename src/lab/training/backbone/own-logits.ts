// Answers of a network's own classifier as logits, which all exits are compared by.
import type { Tensor } from '@tensorflow/tfjs-core'
import { leastProbability, logitsOf } from '../../../domain/confidence.ts'
import type { Backbone } from '../../../model/backbone/backbone.ts'
import type { SymbolicTensor, Tf } from '../../../model/networks/network.ts'
import { leaveSoftmaxOut } from './before-softmax.ts'

/** `[images, classes]` of answers `[images, units]`; of a single unit the logits are 0 and its own. */
export function ownLogits(
  values: Float32Array,
  units: number,
  gives: Backbone['gives'],
): Float32Array {
  if (units > 1) return Float32Array.from(logitsOf(values, gives))
  const log = (p: number) => Math.log(Math.max(leastProbability, p))
  const logits = new Float32Array(2 * values.length)
  for (const [i, value] of values.entries()) {
    logits[2 * i + 1] = gives === 'logits' ? value : log(value) - log(1 - value)
  }
  return logits
}

/**
 * The same as a layer, through which gradients flow; where it can be had, from what the softmax takes.
 * @param on the answers of a network that is run for this alone: its last layer may be changed.
 * @param others tensors of that network that other exits stand on.
 */
export function applyOwnLogits(
  tf: Tf,
  on: SymbolicTensor,
  units: number,
  gives: Backbone['gives'],
  others: readonly SymbolicTensor[],
): SymbolicTensor {
  const least = Math.log(leastProbability)
  /** As serving bounds them, but where they are cut off gradients flow all the same. */
  const bounded = (logits: Tensor): Tensor =>
    tf.customGrad((x) => ({
      value: tf.clipByValue(x as Tensor, least, -least),
      gradFunc: (dy: Tensor) => dy,
    }))(logits)
  const log = (p: Tensor) => tf.log(tf.maximum(p, leastProbability))
  const isBefore = gives === 'probabilities' && leaveSoftmaxOut(on, units, others)
  const logitsOfMany = (values: Tensor): Tensor => {
    if (gives === 'logits') return values
    return isBefore ? bounded(tf.logSoftmax(values)) : log(values)
  }
  const logitsOfOne = (values: Tensor): Tensor => {
    if (gives === 'logits') return values
    return isBefore ? bounded(values) : tf.sub(log(values), log(tf.sub(1, values)))
  }
  class OwnLogits extends tf.layers.Layer {
    static readonly className: string = 'DdnnOwnLogits'
    override computeOutputShape(): (number | null)[] {
      return [null, Math.max(2, units)]
    }
    override call(inputs: Tensor | Tensor[]): Tensor {
      return tf.tidy(() => {
        const values = tf.reshape([inputs].flat()[0] as Tensor, [-1, units])
        if (units > 1) return logitsOfMany(values)
        return tf.concat([tf.zerosLike(values), logitsOfOne(values)], 1)
      })
    }
  }
  return new OwnLogits({}).apply(on) as SymbolicTensor
}
