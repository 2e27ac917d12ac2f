// Answers images by the models of this process: of a local run, and of a gateway that has models. Each by those that are
// served when it comes.
import type { Reply } from '../../domain/reply.ts'
import { isGrayOf, repeatGray } from '../../domain/gray.ts'
import { describeShape, type Tensor } from '../../domain/tensor.ts'
import { scaledTo, writeTensor } from '../../domain/widen.ts'
import { FrameError } from '../../errors.ts'
import type { StageShapes } from '../engine/engine.ts'
import type { EncodedTensor } from '../wire/wire.ts'
import type { Answer, AnswerCall } from './answer.ts'
import type { Served } from './served-models.ts'
import { scaleOf } from '../../domain/submodel.ts'

/**
 * @param labelsHash of the labels that are known where the models name none.
 * @returns a function that throws DDNN_FRAME_SHAPE for an image of another size, and as `answer`.
 */
export function createImageAnswer(
  served: Served,
  labelsHash: string | undefined,
  answer: Answer,
): (image: Tensor | EncodedTensor, call: AnswerCall) => Promise<Reply> {
  return async (image, call) => {
    const [now] = served()
    const letGo = now.hold()
    try {
      const [first] = now.stages
      const table = scaledTo(scaleOf(first?.spec))
      const models = now.labelsHash === undefined ? { ...now, labelsHash } : now
      return await answer(models, (slot) => writeImage(image, slot, table, first?.shapes), call)
    } finally {
      letGo()
    }
  }
}

function writeImage(
  image: Tensor | EncodedTensor,
  slot: Float32Array,
  table: Float32Array,
  shapes: StageShapes | undefined,
): void {
  if (shapes?.isGray === true && !('codec' in image) && isGrayOf(image.shape, shapes.input)) {
    return repeatGray(slot, (gray) => writeTensor(image, gray, table))
  }
  if ('codec' in image || image.data.length !== slot.length) {
    throw new FrameError(
      'DDNN_FRAME_SHAPE',
      `Expected ${slot.length} values for the first submodel, got ${describeShape(image.shape)}`,
    )
  }
  writeTensor(image, slot, table)
}
