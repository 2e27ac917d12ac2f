// A request in JSON, alone or with Triton's binary extension: `Inference-Header-Content-Length` bytes of JSON,
// then the tensors that say `binary_data_size`, in their order.
//
//   { "id"?, "parameters"?: { "budget_ms"?, "threshold"?, "thresholds"?, "binary_data_output"? },
//     "inputs": [ { "name", "datatype", "shape", "data" | "parameters": { "binary_data_size" } } ],
//     "outputs"?: [ { "name", "parameters"?: { "binary_data"? } } ] }
import { refuseForeign } from '../../parameters.ts'
import { DoorError, type InferTensor } from '../../protocol.ts'
import { readRawTensor } from '../../raw-tensor.ts'
import type { Asked, ModelPath } from './asked.ts'
import { readName, readObjects, readSmall, readWhole, type Members } from './json-text.ts'
import { parametersOf } from './read-parameters.ts'
import { readValues } from './read-values.ts'

const mostInputs = 64
const mostOutputs = 64
/** Batch axis included; more than any input has. */
const mostAxes = 9

/**
 * @param jsonBytes length of the JSON at the body's start.
 * @throws DoorError 'invalid', DDNN_FRAME_MALFORMED for what is no such request. Nothing is allocated beyond a
 * few times the body's size, whatever sizes it claims.
 */
export function readJson(path: ModelPath, body: Uint8Array, jsonBytes: number): Asked {
  const text = body.subarray(0, jsonBytes)
  const members = readWhole(text)
  const parameters = parametersOf(readSmall(text, members.get('parameters'), 'parameters'))
  const binary = { body, at: jsonBytes }
  const inputs = readObjects(text, members.get('inputs'), 'inputs', mostInputs).map((input) =>
    readInput(text, input, binary),
  )
  if (binary.at !== body.length) {
    throw invalid(
      `Expected ${binary.at - jsonBytes} bytes of binary tensors, as inputs say, got ${body.length - jsonBytes}`,
    )
  }
  const outputs = readObjects(text, members.get('outputs'), 'outputs', mostOutputs).map((output) =>
    readOutput(text, output),
  )
  const isAllBinary = parameters.binary_data_output === true
  const isBinary = new Map(outputs.map(({ name, binary }) => [name, binary ?? isAllBinary]))
  return {
    request: {
      ...path,
      id: readName(text, members.get('id'), 'id'),
      parameters,
      inputs,
      outputs: outputs.length === 0 ? undefined : outputs.map(({ name }) => name),
    },
    isBinary: (name) => isBinary.get(name) ?? isAllBinary,
  }
}

/** How far the binary tensors are read. */
interface Binary {
  readonly body: Uint8Array
  at: number
}

function readInput(text: Uint8Array, input: Members, binary: Binary): InferTensor {
  const name = readName(text, input.get('name'), 'name') ?? ''
  const datatype = readName(text, input.get('datatype'), 'datatype')
  if (datatype === undefined) throw invalid(`Expected input '${name}' to have a datatype`)
  const shape = readShape(name, readSmall(text, input.get('shape'), 'shape'))
  const told = parametersOf(readSmall(text, input.get('parameters'), 'parameters'))
  refuseForeign(name, told)
  const size = told.binary_data_size
  const data = input.get('data')
  if (size === undefined) {
    if (data === undefined) throw invalid(`Expected input '${name}' to have data`)
    return readValues({ name, datatype, shape }, text, data)
  }
  if (data !== undefined) {
    throw invalid(`Expected input '${name}' to have data or binary_data_size, got both`)
  }
  const left = binary.body.length - binary.at
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || size > left) {
    throw invalid(
      `Expected binary_data_size of input '${name}' to be at most the ${left} bytes that are left, got ${size}`,
    )
  }
  const raw = binary.body.subarray(binary.at, binary.at + size)
  binary.at += size
  return readRawTensor({ name, datatype, shape }, raw)
}

function readShape(name: string, value: unknown): readonly number[] {
  const isShape =
    Array.isArray(value) &&
    value.length <= mostAxes &&
    value.every((axis) => typeof axis === 'number')
  if (isShape) return value
  throw invalid(`Expected input '${name}' to have a shape of at most ${mostAxes} axes`)
}

interface Output {
  readonly name: string
  /** Undefined where the request's own parameter decides. */
  readonly binary: boolean | undefined
}

function readOutput(text: Uint8Array, output: Members): Output {
  const name = readName(text, output.get('name'), 'name')
  if (name === undefined) throw invalid('Expected each of outputs to have a name')
  const told = parametersOf(readSmall(text, output.get('parameters'), 'parameters'))
  refuseForeign(name, told)
  const { binary_data: binary } = told
  if (binary === undefined || typeof binary === 'boolean') return { name, binary }
  throw invalid(`Expected binary_data of output '${name}' to be true or false, got '${binary}'`)
}

function invalid(message: string, hint?: string): DoorError {
  return new DoorError('invalid', 'DDNN_FRAME_MALFORMED', message, { hint })
}
