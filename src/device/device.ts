// The seam of the device: who answers an image. Behind it stands a front link (ask-front.ts) or the
// models of this process (a local run); drive.ts does not know which.
import type { Reply } from '../domain/reply.ts'
import type { Tensor } from '../domain/tensor.ts'
import type { EncodedTensor } from '../wire/wire.ts'

/**
 * Answers one image within the budget, milliseconds.
 * @throws DDNN_REPLY_TIMEOUT, DDNN_FRONT_OPEN, DDNN_TRANSPORT_*, DDNN_ENGINE_FAILED: the sample failed.
 */
export type AnswerImage = (
  image: Tensor | EncodedTensor,
  budgetMs: number,
  signal: AbortSignal,
) => Promise<Reply>
