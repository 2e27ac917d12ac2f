// Answers of a process that asks, told to its live page; and asked with thresholds as they were turned there.
import type { Reply } from '../../domain/reply.ts'
import type { Tensor } from '../../domain/tensor.ts'
import { toDdnnError } from '../../errors.ts'
import type { AnswerImage } from '../device/device.ts'
import type { EncodedTensor } from '../wire/wire.ts'
import type { Watch } from './watch.ts'

/** The same answers, asked with thresholds for the front where some were turned and none came with the image. */
export function turnedBy({ turned }: Watch, answer: AnswerImage): AnswerImage {
  return (image, call) =>
    call.thresholds === undefined && turned.front !== undefined
      ? answer(image, { ...call, thresholds: turned.front })
      : answer(image, call)
}

type PictureOf = (image: Tensor | EncodedTensor) => Promise<string | undefined>

/** The same answers, each told. */
export function watched(watch: Watch, answer: AnswerImage, pictureOf: PictureOf): AnswerImage {
  if (!watch.isOpen) return answer
  let count = 0
  return async (image, call) => {
    const startedAt = performance.now()
    const id = `image ${(count += 1)}`
    const end = watch.begin()
    const tell = (reply: Reply | undefined, thrown?: unknown) => {
      const problem = thrown === undefined ? undefined : toDdnnError(thrown)
      const totalMs = performance.now() - startedAt
      watch.seen({ id, reply, totalMs, problem, picture: () => pictureOf(image) })
    }
    try {
      const reply = await answer(image, call)
      tell(reply)
      return reply
    } catch (thrown) {
      tell(undefined, thrown)
      throw thrown
    } finally {
      end()
    }
  }
}
