// TensorFlow's eager operations by name, as tfjs-node's backend has them and its types do not.
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core'

export interface OpAttribute {
  readonly name: string
  readonly type: number
  readonly value: unknown
}

interface NativeOutput {
  readonly id: number
  readonly shape: readonly number[]
  readonly dtype: number
}

/** What of it is used here. */
export interface NativeBackend {
  readonly binding: {
    readonly TF_ATTR_TYPE: number
    readonly TF_ATTR_FLOAT: number
    readonly TF_ATTR_BOOL: number
    readonly TF_ATTR_INT: number
    readonly TF_ATTR_STRING: number
    readonly TF_FLOAT: number
    readonly TF_INT32: number
    /** Outputs, and what createTensor gives, are the caller's to delete. */
    executeOp(
      name: string,
      attributes: readonly OpAttribute[],
      inputs: readonly number[],
      outputs: number,
    ): NativeOutput[]
    createTensor(shape: readonly number[], type: number, values: Int32Array): number
    deleteTensor(id: number): void
  }
  getInputTensorIds(tensors: readonly TensorInfo[]): number[]
  createOutputTensor(output: NativeOutput): Tensor
  executeMultipleOutputs(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly Tensor[],
    outputs: number,
  ): Tensor[]
}
