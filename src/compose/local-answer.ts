// Answers images by the models of this process: of a local run, and of a gateway that has models. Its front,
// where there is one, is offloaded to.
import type { CommonConfig } from '../cli/config.ts'
import type { AnswerImage } from '../device/device.ts'
import { describeShape, type Tensor } from '../domain/tensor.ts'
import { scaledTo, writeTensor } from '../domain/widen.ts'
import { FrameError } from '../errors.ts'
import { createAnswer, type Front } from '../tier/answer.ts'
import type { Served } from '../tier/served-models.ts'
import type { EncodedTensor } from '../wire/wire.ts'
import type { LinkContext } from './links.ts'

export interface LocalAnswerOptions {
  readonly config: Pick<CommonConfig, 'name' | 'replyReserveMs'>
  readonly served: Served
  readonly front: Front | undefined
  /** Of the labels that are known where the models name none. */
  readonly labelsHash: string | undefined
  readonly context: LinkContext
}

/** One hop a stage. Each image is answered by the models that are served when it comes. */
export function createLocalAnswer(options: LocalAnswerOptions): AnswerImage {
  const { config, served, front, labelsHash, context } = options
  const answer = createAnswer({
    name: config.name,
    front,
    replyReserveMs: config.replyReserveMs,
    hops: 'stage',
    metrics: context.metrics,
    log: context.log,
  })
  return async (image, call) => {
    const [now] = served()
    const letGo = now.hold()
    try {
      const table = scaledTo(now.stages[0]?.spec.preprocessing?.scale ?? 1 / 255)
      const models = now.labelsHash === undefined ? { ...now, labelsHash } : now
      return await answer(models, (slot) => writeImage(image, slot, table), call)
    } finally {
      letGo()
    }
  }
}

function writeImage(image: Tensor | EncodedTensor, slot: Float32Array, table: Float32Array): void {
  if ('codec' in image || image.data.length !== slot.length) {
    throw new FrameError(
      'DDNN_FRAME_SHAPE',
      `Expected ${slot.length} values for the first submodel, got ${describeShape(image.shape)}`,
    )
  }
  writeTensor(image, slot, table)
}
