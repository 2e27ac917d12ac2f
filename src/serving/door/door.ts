// The seam of the doors: what HTTP and gRPC (`http/`, `grpc/`) stand on. A door turns a request of the Open
// Inference Protocol into images, asks for each of them as a device does (`AnswerImage`), and tells what came
// of it. It does not know who answers: the models of this process, its own tier, or a tier in front.
import type { AnswerImage } from '../device/device.ts'
import type { Orientation } from '../../domain/orientation.ts'
import type { Shape } from '../../domain/tensor.ts'
import type { ImageDecoder } from '../../input/input.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics/metrics.ts'
import type { Tracing } from '../../telemetry/tracing/tracing.ts'

/** What answers behind a door, as far as it is known. */
export interface DoorModel {
  /** Manifest's version of what answers; undefined where it names none. */
  readonly version: string | undefined
  /** Family of the submodels; undefined where their manifests name none. */
  readonly family: string | undefined
  /** `--name` of the tier that is asked, or of this process. */
  readonly tier: string
  /** Of one sample, without the batch axis: `[height, width, 3]` of an image. */
  readonly input: Shape
  /** Whether samples are images: then uint8 pixels and image files are taken, float32 of any model. */
  readonly takesImages: boolean
  /** What becomes of an image file that is stored turned; the decoder's own way where undefined. */
  readonly orientation?: Orientation | undefined
  /** In the order of the classes; undefined where nobody knows them. */
  readonly labels: readonly string[] | undefined
}

/** Who answers. Owned by who opened it (compose). */
export interface Backend {
  /** Undefined while it is not known: models load, or no tier in front has answered yet. */
  readonly model: () => DoorModel | undefined
  /** What keeps it from answering, in words; empty while it can. */
  readonly missing: () => readonly string[]
  readonly answer: AnswerImage
}

/** What both doors of a process are given. */
export interface DoorOptions {
  /** The process's `--name`. */
  readonly name: string
  /** Of ddnn. */
  readonly version: string
  /** What the model is called in paths. */
  readonly modelName: string
  readonly backend: Backend
  /** bytes of any image file -> uint8 `[height, width, 3]`; refuses images of too many pixels. */
  readonly decoder: ImageDecoder
  /** Time of a request that names no budget, and the most that one may name, milliseconds. */
  readonly timeoutMs: number
  /** Most images under way, of all doors of the process together. */
  readonly maxInFlight: number
  readonly maxBodyBytes: number
  readonly metrics: Metrics
  readonly tracing: Tracing
  readonly log: Logger
}
