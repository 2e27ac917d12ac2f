// From a response of the door to ModelInfer's, with raw contents: clients read them without a copy.
import type { InferParameters, InferResponse } from '../protocol.ts'
import { writeRawTensor } from '../raw-tensor.ts'
import type { InferResponseMessage, ParameterMessage, ParametersMessage } from './messages.ts'

export function writeResponse(response: InferResponse): InferResponseMessage {
  const { model, version, id, parameters, outputs } = response
  return {
    modelName: model,
    modelVersion: version ?? '',
    id: id ?? '',
    parameters: writeParameters(parameters),
    outputs: outputs.map(({ name, datatype, shape }) => ({ name, datatype, shape })),
    rawOutputContents: outputs.map(writeRawTensor),
  }
}

function writeParameters(parameters: InferParameters): ParametersMessage {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, writeParameter(value)]),
  )
}

function writeParameter(value: boolean | number | string): ParameterMessage {
  if (typeof value === 'boolean') return { boolParam: value }
  if (typeof value === 'string') return { stringParam: value }
  return Number.isSafeInteger(value) ? { int64Param: value } : { doubleParam: value }
}
