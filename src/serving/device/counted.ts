// A process that asks counts its images as a tier counts its requests: each once, by what came of it.
import type { Outcome } from '../../domain/outcome.ts'
import { answerOf, isFallback, type Reply } from '../../domain/reply.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import type { AnswerImage } from './device.ts'

/** The same answers, counted under this name; an error is one too. */
export function counted(name: string, answer: AnswerImage, metrics: Metrics): AnswerImage {
  return async (image, call) => {
    const startedAt = performance.now()
    let reply: Reply | undefined
    try {
      reply = await answer(image, call)
      return reply
    } finally {
      count(name, reply, performance.now() - startedAt, metrics)
    }
  }
}

/** Counts a sample of a run; one that was never asked has no round trip. */
export function countOutcome(
  name: string,
  { reply, roundTripMs }: Outcome,
  metrics: Metrics,
): void {
  count(name, reply, roundTripMs, metrics)
}

function count(
  name: string,
  reply: Reply | undefined,
  totalMs: number | undefined,
  metrics: Metrics,
): void {
  const isAnswered = reply !== undefined && answerOf(reply) !== undefined
  const outcome = !isAnswered ? 'error' : isFallback(reply) ? 'fallback' : 'exit'
  metrics.requests.inc({ tier: name, outcome })
  if (totalMs !== undefined) metrics.latency.observe({ tier: name, stage: 'total' }, totalMs / 1000)
}
