// One forward pass of an open model: numbers in, numbers out, no tensor left.
import type { Tensor } from '@tensorflow/tfjs-core'
import { sizeOf, type Shape } from '../domain/tensor.ts'
import type { OpenModel } from './open-model.ts'
import type { Runtime } from './runtime.ts'

/** One output of a pass. */
export interface PassOutput {
  readonly shape: Shape
  readonly dtype: string
  readonly values: Float32Array
}

/** One forward pass over `shape[0]` samples, in as many as the model wants where it fixes their number. */
export async function runPass(
  runtime: Runtime,
  model: OpenModel,
  values: Float32Array,
  [count = 0, ...sample]: readonly number[],
): Promise<readonly PassOutput[]> {
  const { batchSize = count } = model
  if (batchSize === count) return passOnce(runtime, model, values, [count, ...sample])
  const parts: (readonly PassOutput[])[] = []
  const length = batchSize * sizeOf(sample)
  for (let at = 0; at < values.length; at += length) {
    const padded = new Float32Array(length)
    padded.set(values.subarray(at, at + length))
    parts.push(await passOnce(runtime, model, padded, [batchSize, ...sample]))
  }
  return model.outputNames.map((_, index) => join(parts, index, batchSize, count))
}

async function passOnce(
  { tf }: Runtime,
  model: OpenModel,
  values: Float32Array,
  shape: number[],
): Promise<readonly PassOutput[]> {
  const x = tf.tensor(values, shape)
  let given: Tensor[] = []
  try {
    given = await model.predict(x)
    // dataSync gives copies that are nobody else's, so they may be transferred.
    return given.map((output) => ({
      shape: output.shape,
      dtype: output.dtype,
      values: output.dataSync() as Float32Array,
    }))
  } finally {
    tf.dispose([x, ...given])
  }
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
