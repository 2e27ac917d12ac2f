// What a network's own classifier has before its softmax or sigmoid: float32 probabilities near 0 and 1 have lost the
// gradients that these numbers still have.
import type { Tensor } from '@tensorflow/tfjs-core'
import { activationOf, type Layer } from '../../../model/backbone/layers/flatten-layers.ts'
import type { SymbolicTensor } from '../../../model/networks/network.ts'

/** The fields that layers of tfjs have and do not declare. */
interface AnsweringLayer {
  /** Of Dense, Conv2D, Activation. */
  readonly activation?: { apply(x: Tensor): Tensor }
  /** Of Softmax. */
  softmax?: (x: Tensor) => Tensor
  readonly axis?: number
}

/** Layers that move numbers and change none, in serving. */
const moving = /^(Reshape|Flatten|Dropout)$/

/**
 * From now on the layer that a network of `units` classes answers with is run without its softmax, or its sigmoid of
 * a single unit; what is written of it stays. False where that cannot be done, and nothing is changed.
 * @param answer what the network gives.
 * @param others tensors of it that must stay as they are.
 */
export function leaveSoftmaxOut(
  answer: SymbolicTensor,
  units: number,
  others: readonly SymbolicTensor[],
): boolean {
  const taken = new Set(others.map(({ sourceLayer }) => sourceLayer))
  let tensor = answer
  for (;;) {
    const { sourceLayer: layer } = tensor
    // One that is called twice does not only answer.
    if (layer.inboundNodes.length !== 1 || taken.has(layer)) return false
    const before = layer.inboundNodes[0]?.inputTensors[0]
    if (!moving.test(layer.getClassName()) || before === undefined) break
    tensor = before
  }
  return removeFrom(tensor.sourceLayer, units, tensor.shape)
}

function removeFrom(layer: Layer, units: number, shape: readonly (number | null)[]): boolean {
  const own = layer as unknown as AnsweringLayer
  const stay = (x: Tensor) => x
  const sizeAt = (axis: number) => shape.at(axis)
  if (layer.getClassName() === 'Softmax') {
    if (units === 1 || sizeAt(own.axis ?? -1) !== units) return false
    own.softmax = stay
    return true
  }
  const wanted = units === 1 ? 'sigmoid' : 'softmax'
  if (own.activation === undefined || activationOf(layer) !== wanted) return false
  // The softmax of an activation is over the last axis.
  if (sizeAt(-1) !== units) return false
  own.activation.apply = stay
  return true
}
