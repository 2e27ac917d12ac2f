// A model of any format in the memory of a runtime, before its outputs are told apart: one input, a
// list of outputs by name. Each format has a file that makes one; nothing after that knows of formats.
import type { Tensor } from '@tensorflow/tfjs-core'
import type { SubmodelSpec } from '../domain/submodel.ts'
import type { Shape } from '../domain/tensor.ts'
import { ModelError } from '../errors.ts'

export interface OpenModel {
  /** Of one sample; -1 where the model leaves an axis open. */
  readonly inputShape: Shape
  /** As the model's files call it: 'float32', 'uint8'. */
  readonly inputDtype: string
  /** Samples in every pass; undefined where any number will do. */
  readonly batchSize: number | undefined
  readonly outputNames: readonly string[]
  /** Whether the names stand in the order of the network, rather than of the alphabet. */
  readonly isOrderKnown: boolean
  /**
   * One pass; gives a tensor an output, in the order of the names. They are the caller's to dispose;
   * all else of the pass is gone. Only a graph with control flow answers later.
   */
  predict(x: Tensor): Tensor[] | Promise<Tensor[]>
  dispose(): void
}

/** A tier hands on one tensor. @throws DDNN_MODEL_DAMAGED */
export function assertOneInput(spec: SubmodelSpec, names: readonly string[]): void {
  if (names.length === 1) return
  throw new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected '${spec.folder}' to have one input, got ${names.length} (${names.join(', ')})`,
    { hint: 'A tier hands one tensor on to the next: export a network with one input' },
  )
}
