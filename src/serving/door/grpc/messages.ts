// The messages of data/grpc/open-inference.proto as they are read and written here: names in camelCase, int64 as
// numbers, nothing left out (`services.ts` sets both). The .proto says what stands in them.
import type { DataType } from '../protocol.ts'

/** `parameterChoice` names the field that is set; undefined where none is. */
export interface ParameterMessage {
  readonly parameterChoice?: ParameterChoice
  readonly boolParam?: boolean
  readonly int64Param?: number
  readonly stringParam?: string
  readonly doubleParam?: number
  readonly uint64Param?: number
}
type ParameterChoice = 'boolParam' | 'int64Param' | 'stringParam' | 'doubleParam' | 'uint64Param'

export type ParametersMessage = Readonly<Record<string, ParameterMessage>>

export interface ContentsMessage {
  readonly boolContents: readonly boolean[]
  readonly intContents: readonly number[]
  readonly int64Contents: readonly number[]
  readonly uintContents: readonly number[]
  readonly uint64Contents: readonly number[]
  readonly fp32Contents: readonly number[]
  readonly fp64Contents: readonly number[]
  readonly bytesContents: readonly Uint8Array[]
}

export interface InputMessage {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  readonly parameters: ParametersMessage
  readonly contents: ContentsMessage | null
}

export interface InferRequestMessage {
  readonly modelName: string
  readonly modelVersion: string
  readonly id: string
  readonly parameters: ParametersMessage
  readonly inputs: readonly InputMessage[]
  readonly outputs: readonly { readonly name: string; readonly parameters: ParametersMessage }[]
  readonly rawInputContents: readonly Uint8Array[]
}

interface OutputMessage {
  readonly name: string
  readonly datatype: DataType
  readonly shape: readonly number[]
}

export interface InferResponseMessage {
  readonly modelName: string
  readonly modelVersion: string
  readonly id: string
  readonly parameters: ParametersMessage
  readonly outputs: readonly OutputMessage[]
  readonly rawOutputContents: readonly Uint8Array[]
}

export interface ModelRequestMessage {
  readonly name: string
  readonly version: string
}

export interface RepositoryIndexMessage {
  readonly models: readonly {
    readonly name: string
    readonly version: string
    readonly state: string
    readonly reason: string
  }[]
}

interface ConfigTensorMessage {
  readonly name: string
  /** A name of the enum `DataType`. */
  readonly dataType: string
  readonly dims: readonly number[]
}

export interface ModelConfigMessage {
  readonly name: string
  readonly platform: string
  readonly backend: string
  readonly maxBatchSize: number
  readonly input: readonly ConfigTensorMessage[]
  readonly output: readonly ConfigTensorMessage[]
}
