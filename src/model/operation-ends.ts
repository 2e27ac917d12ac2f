// What a network gives by the operation or layer that it ends in: shares of 1, plain numbers, or what came before.
import type { ExitGives } from '../domain/confidence.ts'

/** Those that only pass values on. */
const passing =
  /^(Identity|Reshape|Flatten|Squeeze|Unsqueeze|ExpandDims|Dropout|Cast|Permute|Transpose|StopGradient|Snapshot|Activation)$/
const sharing = /^(Softmax|Sigmoid|HardSigmoid)$/
const plain = /^(Dense|Conv\dD|Conv|Gemm|MatMul|BiasAdd|Add|AddV2|BatchNormalization|LogSoftmax)$/

/** `before`: the same as its input. Undefined where its name does not tell. */
export type OperationEnd = ExitGives | 'before' | undefined

/** @param op as ONNX or TensorFlow calls it. */
export function endOfOperation(op: string): OperationEnd {
  if (sharing.test(op)) return 'probabilities'
  if (passing.test(op)) return 'before'
  return plain.test(op) ? 'logits' : undefined
}

/** @param activation of any spelling, 'hard_sigmoid' or 'hardSigmoid'; 'linear' where it has none. */
export function endOfLayer(className: string, activation: string): OperationEnd {
  if (/^(softmax|(hard_?)?sigmoid)$/i.test(activation)) return 'probabilities'
  return activation === 'linear' ? endOfOperation(className) : undefined
}

/** Whether units of their own, each from 0 to 1: several of them are no shares of 1. */
export function isSigmoid(name: string): boolean {
  return /sigmoid$/i.test(name)
}
