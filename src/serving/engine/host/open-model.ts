// A model of any format in the memory of a runtime, before its outputs are told apart: one input, a
// list of outputs by name. Each format has a file that makes one (in tfjs/ and onnx/); arrange.ts makes
// a LoadedModel of it, and nothing after that knows of formats.
import type { SubmodelSpec } from '../../../domain/submodel.ts'
import { sizeOf, type Shape } from '../../../domain/tensor.ts'
import { ModelError } from '../../../errors.ts'

/** One output of a pass. */
export interface PassOutput {
  /** The batch axis first. */
  readonly shape: Shape
  readonly dtype: string
  /** Nobody else's, so that it may be transferred. */
  readonly values: Float32Array
}

export interface OpenModel {
  /** Of one sample; -1 where the model leaves an axis open. */
  readonly inputShape: Shape
  /** Whether the pass turns images to channels first itself; `inputShape` has them last then. */
  readonly turnsImages?: boolean
  /** As the model's files call it: 'float32', 'uint8'. */
  readonly inputDtype: string
  /** Samples in every pass; undefined where any number will do. */
  readonly batchSize: number | undefined
  readonly outputNames: readonly string[]
  /** Whether the names stand in the order of the network, rather than of the alphabet. */
  readonly isOrderKnown: boolean
  /**
   * One pass over `shape[0]` samples, float32 whatever the model takes; an output each, in the order of
   * the names. Nothing of the pass is left when it settles.
   */
  pass(values: Float32Array, shape: readonly number[]): Promise<readonly PassOutput[]>
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

/** One forward pass over `shape[0]` samples, in as many as the model wants where it fixes their number. */
export async function runPass(
  model: OpenModel,
  values: Float32Array,
  [count = 0, ...sample]: readonly number[],
): Promise<readonly PassOutput[]> {
  const { batchSize = count } = model
  if (batchSize === count) return model.pass(values, [count, ...sample])
  const parts: (readonly PassOutput[])[] = []
  const length = batchSize * sizeOf(sample)
  for (let at = 0; at < values.length; at += length) {
    const padded = new Float32Array(length)
    padded.set(values.subarray(at, at + length))
    parts.push(await model.pass(padded, [batchSize, ...sample]))
  }
  return model.outputNames.map((_, index) => join(parts, index, batchSize, count))
}

/** The rows of several passes after one another, without those of the padding. */
function join(
  parts: readonly (readonly PassOutput[])[],
  index: number,
  batchSize: number,
  count: number,
): PassOutput {
  const outputs = parts.map((part) => part[index] as PassOutput)
  const { shape = [], dtype = '', values: some = new Float32Array(0) } = outputs[0] ?? {}
  const rowLength = some.length / batchSize
  const values = new Float32Array(count * rowLength)
  outputs.forEach((output, part) => {
    const rows = Math.min(batchSize, count - part * batchSize)
    values.set(output.values.subarray(0, rows * rowLength), part * batchSize * rowLength)
  })
  // Without a row a sample the shape stays as it is, to be named.
  return { shape: shape[0] === batchSize ? [count, ...shape.slice(1)] : shape, dtype, values }
}
