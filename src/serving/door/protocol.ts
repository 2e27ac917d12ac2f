// A request and a response of the Open Inference Protocol (V2), of neither HTTP nor gRPC: what both doors
// read into and write from. Tensors keep their batch axis here.
import type { DdnnErrorOptions, ErrorCode } from '../../errors.ts'
import { DdnnError } from '../../errors.ts'

/** Types of the protocol that ddnn takes or gives. */
export const dataTypes = ['BOOL', 'UINT8', 'INT32', 'INT64', 'FP32', 'FP64', 'BYTES'] as const
export type DataType = (typeof dataTypes)[number]

/** A tensor of numbers: row-major, little-endian, as the binary extension carries it. */
export interface NumbersTensor {
  readonly name: string
  readonly datatype: Exclude<DataType, 'BYTES'>
  /** Batch axis first. */
  readonly shape: readonly number[]
  readonly data: Uint8Array
}

/** A tensor of texts or files: one value an element. */
export interface BytesTensor {
  readonly name: string
  readonly datatype: 'BYTES'
  readonly shape: readonly number[]
  readonly elements: readonly Uint8Array[]
}

export type InferTensor = NumbersTensor | BytesTensor

export type InferParameters = Readonly<Record<string, boolean | number | string>>

export interface InferRequest {
  /** As asked for: of the path, or of the message. */
  readonly model: string
  /** Undefined takes what is served now. */
  readonly version: string | undefined
  /** Of the asker, given back in the response. */
  readonly id: string | undefined
  readonly parameters: InferParameters
  readonly inputs: readonly InferTensor[]
  /** Names of the outputs that are wanted; all where undefined. */
  readonly outputs: readonly string[] | undefined
}

export interface InferResponse {
  readonly model: string
  readonly version: string | undefined
  readonly id: string | undefined
  readonly parameters: InferParameters
  readonly outputs: readonly InferTensor[]
}

/** Why a request is refused; HTTP and gRPC have a status for each. */
export type Refusal =
  | 'invalid' // 400, INVALID_ARGUMENT
  | 'unauthenticated' // 401, UNAUTHENTICATED
  | 'forbidden' // 403, PERMISSION_DENIED
  | 'not-found' // 404, NOT_FOUND
  | 'too-large' // 413, RESOURCE_EXHAUSTED
  | 'overloaded' // 429 with Retry-After, RESOURCE_EXHAUSTED
  | 'unavailable' // 503 with Retry-After, UNAVAILABLE: nobody is there to answer
  | 'failed' // 500, INTERNAL

/** A request that gets an error of the protocol in place of a response. */
export class DoorError extends DdnnError {
  readonly refusal: Refusal

  constructor(refusal: Refusal, code: ErrorCode, message: string, options: DdnnErrorOptions = {}) {
    super(code, message, options)
    this.refusal = refusal
  }
}
