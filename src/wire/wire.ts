// The seam of the wire: requests and replies to bytes and back. Two forms exist: the binary frame
// (frame.ts) and the original's JSON (legacy-json.ts); a tier answers in the form it was asked.
import type { Reply } from '../domain/reply.ts'
import type { Shape, Tensor, DType } from '../domain/tensor.ts'

export const wireForms = ['binary', 'json'] as const
export type WireForm = (typeof wireForms)[number]

/** What goes with a request's tensor. */
export interface RequestMeta {
  /** Family of the submodel that gave these features; undefined for an image. */
  readonly family: string | undefined
  /** Hash of the asker's labels; undefined where it has none. */
  readonly labelsHash: string | undefined
}

/** An image that travels as its file; decoded by the tier. */
export interface EncodedTensor {
  readonly codec: 'jpeg'
  readonly dtype: 'uint8'
  readonly shape: Shape
  readonly bytes: Uint8Array
}

/**
 * A request as decoded: its header checked against the bytes, its tensor still where it was received.
 * Nothing has been allocated for it.
 */
export interface DecodedRequest extends RequestMeta {
  readonly form: WireForm
  readonly dtype: DType
  /** Without a batch axis. */
  readonly shape: Shape
  readonly codec: 'raw' | 'jpeg'
  /** The tensor's bytes on the wire, a view into the received value; empty for JSON. */
  readonly bytes: Uint8Array
  /**
   * Writes the tensor as float32 into a slot of exactly its size: the one copy. uint8 values are
   * multiplied by `scale`, float32 ones are taken as they are. Not for codec jpeg.
   * @throws DDNN_FRAME_VALUE when a value is NaN or an infinity; the slot is then spoilt.
   */
  write(slot: Float32Array, scale: number): void
}

/** What a decoder is told, so that nothing larger than the model takes is ever looked at. */
export interface DecodeLimits {
  /** Largest number of elements of a request's tensor. */
  readonly maxElements: number
}

/** One form of the wire, and what it can do: nothing else asks for a form by its name. */
export interface Wire {
  readonly form: WireForm
  /** Whether a request says how long its asker waits. Who asks in a form that does not waits for ever. */
  readonly carriesBudget: boolean
  /**
   * Whether a reply says which request it belongs to. Where it does not, order is all there is: one request
   * in flight, one asker a pair of topics, which reads all replies.
   */
  readonly correlates: boolean
  /** Whether a value is in this form, by the version that goes with it and its first bytes. */
  recognises(value: Uint8Array, wireVersion: string | undefined): boolean
  /** The largest value of a request for this input, bytes; `shape` without the batch axis. */
  maxRequestBytes(shape: Shape, dtype?: DType): number
  encodeRequest(tensor: Tensor | EncodedTensor, meta: RequestMeta): Uint8Array
  /** @throws DDNN_FRAME_* when the bytes are no request, or larger than the limits. */
  decodeRequest(value: Uint8Array, limits: DecodeLimits): DecodedRequest
  encodeReply(reply: Reply): Uint8Array
  /** @throws DDNN_FRAME_* when the bytes are no reply, or another version goes with them. */
  decodeReply(value: Uint8Array, wireVersion?: string): Reply
}
