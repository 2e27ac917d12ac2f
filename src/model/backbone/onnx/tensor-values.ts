// Where the values of an ONNX weight lie, in the file or beside it, and whether they are numbers.
// Fields of TensorProto: data_type 2, name 8, raw_data 9, external_data 13, data_location 14.
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ModelError } from '../../../errors.ts'
import { assertFiniteWeight } from '../../finite-weights.ts'
import type { ProtoMessage } from '../../proto-message.ts'
import { dataTypeOf } from '../../onnx/data-types.ts'

export function isExternal(tensor: ProtoMessage): boolean {
  return tensor.int(14) === 1
}

/** Name of the file that it lies in, as seen from the model's. */
export function locationOf(tensor: ProtoMessage): string {
  return placeOf(tensor).get('location') ?? ''
}

function placeOf(tensor: ProtoMessage): ReadonlyMap<string, string> {
  return new Map(tensor.messages(13).map((entry) => [entry.text(1), entry.text(2)]))
}

/** Files of weights that were read already, by path: mostly one has them all. */
export type FilesBeside = Map<string, Promise<Buffer>>

/**
 * Values of a weight that lie in another file beside the model's.
 * @throws DDNN_MODEL_DAMAGED when that is not there, is cut short, or holds what is no number.
 */
export async function readExternal(
  { file, beside }: { readonly file: string; readonly beside: FilesBeside },
  tensor: ProtoMessage,
): Promise<Buffer> {
  const said = placeOf(tensor)
  const path = join(dirname(file), locationOf(tensor))
  const whole = await readBeside(beside, path)
  const start = Number(said.get('offset') ?? 0)
  const length = said.get('length')
  const end = length === undefined ? whole.length : start + Number(length)
  if (end > whole.length) {
    throw new ModelError(
      'DDNN_MODEL_DAMAGED',
      `Expected ${end} bytes of weights in '${path}', got ${whole.length}`,
      { hint: 'Copy the .onnx file together with the files of weights beside it' },
    )
  }
  const values = whole.subarray(start, end)
  assertNumbers(path, tensor, values)
  return values
}

async function readBeside(beside: FilesBeside, path: string): Promise<Buffer> {
  const bytes = beside.get(path) ?? readFile(path)
  beside.set(path, bytes)
  try {
    return await bytes
  } catch (cause) {
    throw new ModelError('DDNN_MODEL_DAMAGED', `Expected weights in '${path}', got no file`, {
      cause,
      hint: 'Copy the .onnx file together with the files of weights beside it',
    })
  }
}

/** Infinities are let be: graphs mask with them. @throws DDNN_MODEL_DAMAGED */
export function assertNumbers(file: string, tensor: ProtoMessage, bytes: Buffer | undefined): void {
  if (bytes === undefined) return
  const dtype = dataTypeOf(tensor.int(2))
  const [name, shape] = [tensor.text(8), tensor.ints(1)]
  assertFiniteWeight({ fileAt: () => file, name, dtype, shape, bytes }, true)
}
