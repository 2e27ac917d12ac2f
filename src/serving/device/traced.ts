// A process that asks begins a trace for each image, unless one came with it.
import { answerAttributes } from '../../domain/reply-attributes.ts'
import type { Tracing } from '../../telemetry/tracing/tracing.ts'
import type { AnswerImage } from './device.ts'

/** The same answers, each in a span of its own. */
export function traced(name: string, answer: AnswerImage, tracing: Tracing): AnswerImage {
  return async (image, call) => {
    const describe = () => ({ 'ddnn.tier': name })
    const span =
      call.span?.child('answer image', 'internal', describe) ??
      tracing.begin('answer image', 'client', undefined, describe)
    try {
      const reply = await answer(image, { ...call, span })
      span.add(() => answerAttributes(reply))
      span.end()
      return reply
    } catch (thrown) {
      span.end(String(thrown))
      throw thrown
    }
  }
}
