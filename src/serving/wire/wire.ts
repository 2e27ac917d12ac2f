// The seam of the wire: requests and replies to bytes and back. Two forms exist: the binary frame
// (frame.ts) and the original's JSON (legacy-json.ts); a tier answers in the form it was asked.
import type { Remembered } from '../../domain/exit-memory.ts'
import type { FeatureCodec } from '../../domain/feature-codec.ts'
import type { Reply } from '../../domain/reply.ts'
import type { Shape, Tensor, DType } from '../../domain/tensor.ts'

export const wireForms = ['binary', 'json'] as const
export type WireForm = (typeof wireForms)[number]

/** Formats that an image may travel in as a file of its own. */
export const imageCodecs = ['jpeg', 'webp', 'avif'] as const
export type ImageCodec = (typeof imageCodecs)[number]

/** How a tensor stands in its frame: `raw` is row-major, of its own dtype. */
export type Codec = 'raw' | ImageCodec | Exclude<FeatureCodec, 'float32'>

/** What goes with a request's tensor. */
export interface RequestMeta {
  /** Family of the submodel that gave these features; undefined for an image. */
  readonly family: string | undefined
  /** Hash of the asker's labels; undefined where it has none. */
  readonly labelsHash: string | undefined
  /**
   * Thresholds of this request alone, by place of the exit in the family, the last one for all behind it;
   * each tier's own where undefined. JSON carries none.
   */
  readonly thresholds?: readonly number[] | undefined
  /** What exits of tiers behind said of the sample, for those that go by it. JSON carries none. */
  readonly memory?: Remembered | undefined
  /** How float32 values travel; as they are where undefined. Has no effect on an image. */
  readonly codec?: FeatureCodec | undefined
}

/** An image that travels as its file; decoded by the tier. */
export interface EncodedTensor {
  readonly codec: ImageCodec
  readonly dtype: 'uint8'
  readonly shape: Shape
  readonly bytes: Uint8Array
}

/**
 * A request as decoded: its header checked against the bytes, its tensor still where it was received.
 * Nothing has been allocated for it.
 */
export interface DecodedRequest extends Omit<RequestMeta, 'codec'> {
  readonly form: WireForm
  readonly dtype: DType
  /** Without a batch axis. */
  readonly shape: Shape
  readonly codec: Codec
  /** The tensor's bytes on the wire, a view into the received value; empty for JSON. */
  readonly bytes: Uint8Array
  /**
   * Writes the tensor as float32 into a slot of exactly its size: the one copy, but for features that
   * were packed. uint8 values are multiplied by `scale`, all others are taken as they are. Not for an image
   * as its file.
   * @throws DDNN_FRAME_VALUE when a value is NaN or an infinity, DDNN_FRAME_MALFORMED when features are not
   *   what their codec says; the slot is then spoilt.
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
  /** @throws DDNN_FRAME_VALUE or DDNN_FRAME_SHAPE for what the form or the codec has no bytes for. */
  encodeRequest(tensor: Tensor | EncodedTensor, meta: RequestMeta): Uint8Array
  /** @throws DDNN_FRAME_* when the bytes are no request, or larger than the limits. */
  decodeRequest(value: Uint8Array, limits: DecodeLimits): DecodedRequest
  encodeReply(reply: Reply): Uint8Array
  /** @throws DDNN_FRAME_* when the bytes are no reply, or another version goes with them. */
  decodeReply(value: Uint8Array, wireVersion?: string): Reply
}

/** Whether a tensor is an image in its file. */
export function isImageCodec(codec: Codec): codec is ImageCodec {
  return (imageCodecs as readonly string[]).includes(codec)
}
