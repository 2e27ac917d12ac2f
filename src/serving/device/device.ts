// The seam of the device: who answers an image. Behind it stands a front link (ask-front.ts) or the
// models of this process (a local run); drive.ts does not know which.
import type { Reply } from '../../domain/reply.ts'
import type { Tensor } from '../../domain/tensor.ts'
import type { Span } from '../../telemetry/tracing/tracing.ts'
import type { EncodedTensor } from '../wire/wire.ts'

/** What goes with an image. */
export interface ImageCall {
  /** Time that the answer may take from now, milliseconds. */
  readonly budgetMs: number
  readonly signal: AbortSignal
  /** This image's own, in place of the models'; see `RequestMeta`. */
  readonly thresholds?: readonly number[] | undefined
  /** Of this image; what is asked for it hangs below. */
  readonly span?: Span | undefined
  /** Who asks, where this process asks for others: tiers give turns by it. */
  readonly clientId?: string | undefined
}

/**
 * Answers one image within the budget.
 * @throws DDNN_REPLY_TIMEOUT, DDNN_FRONT_SILENT, DDNN_TRANSPORT_*, DDNN_ENGINE_FAILED: the sample failed.
 */
export type AnswerImage = (image: Tensor | EncodedTensor, call: ImageCall) => Promise<Reply>
