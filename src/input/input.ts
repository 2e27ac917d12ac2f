// The seam of the inputs: labelled samples, one after the other, each read only when it is its turn.
import type { Orientation } from '../domain/orientation.ts'
import type { Tensor } from '../domain/tensor.ts'

/** The encoded image with the size that it is to be decoded to, for `--send jpeg`. */
interface EncodedImage {
  readonly bytes: Uint8Array
  /** `[height, width, 3]` after decoding. */
  readonly shape: readonly number[]
}

export interface Sample {
  /** Running number, from 0. */
  readonly index: number
  /** Relative to the input folder, or the name in the data set. */
  readonly file: string
  /** Index of the true label. */
  readonly label: number
  /**
   * Reads, decodes and preprocesses: uint8 or float32 `[height, width, 3]`, RGB. May be called once.
   * @throws DDNN_INPUT_UNREADABLE, naming the file, when it is no image.
   */
  read(): Promise<Tensor>
  /**
   * The file as it is, where the input has encoded images and no own preprocessing. Undefined of one that is no JPEG,
   * or is stored turned, where who decodes it may turn it otherwise than `read` does.
   */
  encoded?(): Promise<EncodedImage | undefined>
}

export interface Input {
  readonly labels: readonly string[]
  /** How many samples there will be. */
  readonly count: number
  /** In order; nothing is read until `Sample.read`. */
  samples(): Iterable<Sample>
  close(): Promise<void>
}

/**
 * Decodes and resizes one image: bytes of any format that is known -> uint8 `[height, width, 3]`, RGB. `orientation`
 * is the model's word on photos that are stored turned; what the decoder was made with goes before it.
 */
export type ImageDecoder = (
  bytes: Uint8Array,
  height: number,
  width: number,
  orientation?: Orientation,
) => Promise<Uint8Array>

/** One image as a file of its size: uint8 `[height, width, 3]`, RGB -> bytes of some format. */
export type ImageEncoder = (
  pixels: Uint8Array,
  height: number,
  width: number,
) => Promise<Uint8Array>
