// From ModelInfer's request to a request of the door. Raw contents stay views of the message's bytes; typed ones, which
// arrive as lists of numbers, become the bytes that raw ones would have been.
import { refuseForeign } from '../parameters.ts'
import { DoorError, type DataType, type InferParameters, type InferTensor } from '../protocol.ts'
import type { InferRequest } from '../protocol.ts'
import { asDataType, countOf, elementSizes, readRawTensor } from '../raw-tensor.ts'
import type {
  ContentsMessage,
  InferRequestMessage,
  InputMessage,
  ParametersMessage,
} from './messages.ts'

/** @throws DoorError 'invalid' for tensors that are not what they say, and for what only Triton itself has. */
export function readRequest(message: InferRequestMessage): InferRequest {
  const { inputs, outputs, rawInputContents: raw } = message
  for (const { name, parameters } of [...inputs, ...outputs]) refuseForeign(name, parameters)
  if (raw.length > 0 && raw.length !== inputs.length) {
    throw invalid(
      `Expected raw_input_contents of each of ${inputs.length} inputs, got ${raw.length}`,
    )
  }
  return {
    model: message.modelName,
    version: message.modelVersion === '' ? undefined : message.modelVersion,
    id: message.id === '' ? undefined : message.id,
    parameters: readParameters(message.parameters),
    inputs: inputs.map((input, i) => {
      const bytes = raw[i]
      return bytes === undefined ? readTyped(input) : readRaw(input, bytes)
    }),
    outputs: outputs.length === 0 ? undefined : outputs.map(({ name }) => name),
  }
}

/** A parameter without a value is as one that is not there. */
function readParameters(parameters: ParametersMessage): InferParameters {
  const read: Record<string, boolean | number | string> = {}
  for (const [name, parameter] of Object.entries(parameters)) {
    const { parameterChoice: choice } = parameter
    const value = choice === undefined ? undefined : parameter[choice]
    // Not by assignment: a name may be '__proto__'.
    if (value !== undefined) Object.defineProperty(read, name, { value, enumerable: true })
  }
  return read
}

function readRaw(input: InputMessage, bytes: Uint8Array): InferTensor {
  if (input.contents !== null && listsOf(input.contents).some(({ length }) => length > 0)) {
    throw invalid(`Expected input '${input.name}' as raw or as typed contents, got both`)
  }
  return readRawTensor(input, bytes)
}

function readTyped({ name, datatype, shape, contents }: InputMessage): InferTensor {
  const type = asDataType(name, datatype)
  const count = countOf(name, shape)
  const values = contents === null ? [] : contents[fields[type]]
  if (values.length !== count) {
    throw invalid(
      `Expected ${count} elements of input '${name}', ${type} [${shape.join(', ')}], got ${values.length}`,
    )
  }
  if (type === 'BYTES') {
    return { name, datatype: type, shape, elements: contents?.bytesContents ?? [] }
  }
  const numbers = values as readonly (number | boolean)[]
  return { name, datatype: type, shape, data: writeNumbers(name, type, numbers) }
}

const fields = {
  BOOL: 'boolContents',
  UINT8: 'uintContents',
  INT32: 'intContents',
  INT64: 'int64Contents',
  FP32: 'fp32Contents',
  FP64: 'fp64Contents',
  BYTES: 'bytesContents',
} as const satisfies Readonly<Record<DataType, keyof ContentsMessage>>

function listsOf(contents: ContentsMessage): readonly { readonly length: number }[] {
  return Object.values(fields).map((field) => contents[field])
}

function writeNumbers(
  name: string,
  type: Exclude<DataType, 'BYTES'>,
  values: readonly (number | boolean)[],
): Uint8Array {
  const bytes = new Uint8Array(values.length * elementSizes[type])
  const view = new DataView(bytes.buffer)
  const write = writers[type]
  values.forEach((value, i) => {
    const number = Number(value)
    if (type === 'UINT8' && number > 255) {
      throw invalid(`Expected elements of UINT8 input '${name}' to be 0 to 255, got ${number}`)
    }
    write(view, i * elementSizes[type], number)
  })
  return bytes
}

type Write = (view: DataView, at: number, value: number) => void

const writers: Readonly<Record<Exclude<DataType, 'BYTES'>, Write>> = {
  BOOL: (view, at, value) => view.setUint8(at, value),
  UINT8: (view, at, value) => view.setUint8(at, value),
  INT32: (view, at, value) => view.setInt32(at, value, true),
  INT64: (view, at, value) => view.setBigInt64(at, BigInt(value), true),
  FP32: (view, at, value) => view.setFloat32(at, value, true),
  FP64: (view, at, value) => view.setFloat64(at, value, true),
}

function invalid(message: string, hint?: string): DoorError {
  return new DoorError('invalid', 'DDNN_FRAME_MALFORMED', message, { hint })
}
