// What the training's main thread and its input workers say to each other. Buffers are transferred: the side
// that sent one no longer has it.
import type { Orientation } from '../../domain/orientation.ts'
import type { Augmentation } from '../../model/networks/recipe.ts'

/** Decode images once and keep their raw pixels in the scratch file. */
export interface DecodeRequest {
  readonly kind: 'decode'
  /** The scratch file, which is there. */
  readonly file: string
  readonly images: readonly DecodeJob[]
  /** Of photos that are stored turned. */
  readonly orientation: Orientation
}

export interface DecodeJob {
  /** Part of its digest: `LABEL/NAME.jpg`. */
  readonly name: string
  readonly path: string
  /** Place in a CIFAR-10 batch. */
  readonly record?: number
  /** Pixels to hold: uint8 `[height, width, 3]` from byte `offset` of the scratch file. */
  readonly height: number
  readonly width: number
  readonly offset: number
}

/** Of each image in order: sha256 over its name and bytes, or why it could not be read. */
export interface DecodeReply {
  readonly kind: 'decode'
  readonly results: readonly ({ readonly digest: string } | { readonly problem: string })[]
}

/** Fill a batch from the scratch file. */
export interface FillRequest {
  readonly kind: 'fill'
  readonly file: string
  /** Size of the images as they are held. */
  readonly held: { readonly height: number; readonly width: number }
  /** Size that they get. */
  readonly size: { readonly height: number; readonly width: number }
  readonly images: readonly FillJob[]
  /** False = as serving sees them. */
  readonly augmentation: Augmentation | false
  /** At least `images.length` x `size` x 3 float32; comes back with the reply. */
  readonly buffer: ArrayBuffer
}

interface FillJob {
  /** Of its pixels in the scratch file, bytes. */
  readonly offset: number
  /** What its augmentation is drawn from: (seed, epoch, index), and nothing else. */
  readonly seeds: readonly number[]
}

export interface FillReply {
  readonly kind: 'fill'
  readonly buffer: ArrayBuffer
}

interface FailedReply {
  readonly kind: 'failed'
  readonly message: string
}

export type InputRequest = DecodeRequest | FillRequest
export type InputReply = DecodeReply | FillReply | FailedReply
