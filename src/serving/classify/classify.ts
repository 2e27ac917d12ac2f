// The seam of `ddnn classify`: images come from sources (`sources/`), somebody answers them (`askers/`, chosen in
// compose/classify.ts), and what came of each is told in the order of the sources (`output/`).
import type { Orientation } from '../../domain/orientation.ts'
import type { ConfidenceName } from '../../domain/confidence.ts'
import type { Uint8Tensor } from '../../domain/tensor.ts'
import type { DdnnError } from '../../errors.ts'

/** An image that was read. */
export interface Picture {
  /** uint8 `[height, width, 3]` of the network's size. */
  readonly pixels: Uint8Tensor
  /** The image's own file; undefined of a video's frame. */
  readonly file?: Uint8Array | undefined
}

export interface FoundImage {
  /** As it is shown: a path, an address, `video.mp4#12`. */
  readonly name: string
  /** The folder that it lies in, below the source: its true label where the model has such a label. */
  readonly folder?: string | undefined
  /**
   * May be called once. Undefined where there is nothing to answer now: a file that is not whole yet, which comes
   * again, or one whose picture has been answered already.
   * @throws DDNN_INPUT_MISSING, DDNN_INPUT_UNREADABLE, DDNN_TRANSPORT_*, DDNN_ENGINE_UNAVAILABLE without ffmpeg
   */
  readonly read: () => Promise<Picture | undefined>
  /** Told when no answer came of it. */
  failed?(): void
}

export interface SourceContext {
  /** Of the network. */
  readonly height: number
  readonly width: number
  /** Bytes of an image file -> its pixels. @throws DDNN_INPUT_UNREADABLE */
  readonly decode: (bytes: Uint8Array) => Promise<Uint8Tensor>
  /** Ends the images, and whatever waits for them. */
  readonly signal: AbortSignal
}

/** What is missing altogether comes as an image that cannot be read. */
export interface ImageSource {
  /**
   * How many images it gives in all; undefined, or left out, where nobody can tell: videos, watched folders. Rejects
   * where the signal ends the search for them.
   */
  count?(signal: AbortSignal): Promise<number | undefined>
  images(context: SourceContext): AsyncIterable<FoundImage>
}

/** What was answered of one image. */
export interface Verdict {
  readonly class: number
  /** Undefined where nobody knows labels. */
  readonly label: string | undefined
  /** One a class. */
  readonly probabilities: readonly number[]
  /** By what the exit decided; undefined of who does not say. */
  readonly criterion: ConfidenceName | undefined
  /** The criterion's value, which the threshold is compared with. */
  readonly confidence: number | undefined
  readonly tier: string
  readonly exit: number
  readonly fallback: boolean
  /** The way it went, nearest tier first. */
  readonly hops: readonly VerdictHop[]
}

export interface VerdictHop {
  readonly tier: string
  readonly exit: number | undefined
  readonly class: number | undefined
  readonly confidence: number | undefined
  readonly fallback: boolean
  readonly computeMs: number
  readonly totalMs: number
}

/** Who answers. Owned by who opened it. */
export interface Asker {
  /** Of the images that it takes. */
  readonly height: number
  readonly width: number
  /** In the order of the classes; undefined where nobody knows them. */
  readonly labels: readonly string[] | undefined
  /** What its model was trained with of photos that are stored turned; undefined where nobody tells. */
  readonly orientation?: Orientation | undefined
  /** @throws DdnnError where no answer came */
  ask(pixels: Uint8Tensor, signal: AbortSignal): Promise<Verdict>
  close(): Promise<void>
}

export interface Answered {
  readonly name: string
  /** The true label, where it is known. */
  readonly truth: string | undefined
  readonly verdict: Verdict
  /** From question to answer, milliseconds. */
  readonly ms: number
  /** A small image as a data URI, where one was asked for. */
  readonly thumbnail: string | undefined
}

export interface Failed {
  readonly name: string
  readonly error: DdnnError
}

export type Classified = Answered | Failed

/** The probability of the answer, 0 to 1. */
export function probabilityOf({ probabilities, class: index }: Verdict): number {
  return probabilities[index] ?? Number.NaN
}

/** 'daisy', or 'class 3' where nobody knows labels. */
export function nameOfClass(index: number, labels: readonly string[] | undefined): string {
  return labels?.[index] ?? `class ${index}`
}
