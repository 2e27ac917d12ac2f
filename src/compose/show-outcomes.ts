// The samples of a run on its live page, each with its picture as long as it may be asked for.
import type { Outcome } from '../domain/outcome.ts'
import type { Reply } from '../domain/reply.ts'
import type { Tensor } from '../domain/tensor.ts'
import type { AnswerImage } from '../serving/device/device.ts'
import type { Watch } from '../serving/watch/watch.ts'
import type { EncodedTensor } from '../serving/wire/wire.ts'
import { pictureOfImage } from './pictures.ts'

interface ShownOutcomes {
  /** The same answers; each image is kept until its outcome is told. */
  keep(answer: AnswerImage): AnswerImage
  tell(outcome: Outcome): void
}

export function showOutcomes(watch: Watch): ShownOutcomes {
  if (!watch.isOpen) return { keep: (answer) => answer, tell: () => undefined }
  const images = new WeakMap<Reply, Tensor | EncodedTensor>()
  return {
    keep: (answer) => async (image, call) => {
      const end = watch.begin()
      try {
        const reply = await answer(image, call)
        images.set(reply, image)
        return reply
      } finally {
        end()
      }
    },
    tell({ file: id, label, reply, problem, roundTripMs: totalMs }) {
      const image = reply === undefined ? undefined : images.get(reply)
      if (reply !== undefined) images.delete(reply)
      const picture = image === undefined ? undefined : () => pictureOfImage(image)
      watch.seen({ id, label, reply, problem, totalMs, picture })
    },
  }
}
