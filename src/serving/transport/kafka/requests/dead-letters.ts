// Requests that no tier can answer go to `<topic>_dlq`, made when the first one comes.
import { DdnnError, type ErrorCode } from '../../../../errors.ts'
import { deadLetterHeaders, deadLetterTopic } from '../../dead-letter.ts'
import { deadLetterCodes } from '../../../../telemetry/metrics/known-values.ts'
import type { Headers } from '../../headers.ts'
import type { BackLinkOptions, Origin, PutAsideReason } from '../../transport.ts'
import type { LinkContext } from '../link-context.ts'
import { ensureTopics } from '../topics.ts'

/** What is put aside. */
interface DeadLetter {
  /** Null where it could not be read: its origin says where it stands. */
  readonly value: Uint8Array | null
  readonly headers: Headers
  readonly origin: Origin
}

export interface DeadLetters {
  /**
   * Resolves when it is acknowledged; errors as `Sender.send`. A value that its topic does not take is
   * left out. Where the topic is missing and is not to be made, or the brokers refuse the letter, it is
   * dropped and that is logged once.
   */
  send(letter: DeadLetter, reason: PutAsideReason, signal: AbortSignal): Promise<void>
}

/** Room for headers, which a broker counts as part of the record. */
const headerBytes = 16 * 1024
/** What a topic takes whose limits may not be read: Kafka's own default. */
const usualBytes = 1024 * 1024

/** The dead letters of one request topic. */
export function createDeadLetters(context: LinkContext, options: BackLinkOptions): DeadLetters {
  const { requests: cluster, log, metrics } = context
  // Nobody else is expected to make this topic: where it is missing, letters are dropped.
  const policy = { ...context.policy, awaitTopics: false }
  const topic = deadLetterTopic(options.requestTopic)
  metrics.announce(['deadLetters'], { topic: [options.requestTopic], code: deadLetterCodes })
  let ensuring: Promise<number | undefined> | undefined
  let hasTold = false

  /** Largest value that the topic takes; undefined where there is no topic. */
  const ensure = async () => {
    try {
      const needs = [{ topic, maxValueBytes: options.maxRequestBytes }]
      const limit = await cluster.start(async (admin) => {
        await ensureTopics(admin, needs, policy, cluster.place)
        const config = await admin.topicConfig(topic).catch(() => undefined)
        return Number(config?.get('max.message.bytes') ?? usualBytes)
      }, `topic '${topic}'`)
      cluster.topics.add(topic)
      cluster.sender.follow(topic)
      return Math.max(0, limit - headerBytes)
    } catch (thrown) {
      if (!(thrown instanceof DdnnError) || thrown.retriable) {
        ensuring = undefined
        throw thrown
      }
      log.warn({ hint: thrown.hint }, `dead letters are dropped: ${thrown.message}`)
      return undefined
    }
  }

  return {
    async send({ value, headers, origin }, reason, signal) {
      const limit = await (ensuring ??= ensure())
      metrics.deadLetters.inc({ topic: origin.topic, code: reason.code })
      if (limit === undefined) return
      const isTooLarge = value !== null && value.byteLength > limit
      const shown = isTooLarge
        ? { ...reason, message: `${reason.message} (its ${value.byteLength} bytes are left out)` }
        : reason
      const letter = deadLetterHeaders(headers, origin, shown)
      const record = { topic, value: isTooLarge ? null : value, headers: () => letter }
      try {
        await cluster.sender.send(record, signal).catch((thrown: unknown) => {
          if (!hasCode(thrown, 'DDNN_FRAME_TOO_LARGE')) throw thrown
          return cluster.sender.send({ ...record, value: null }, signal)
        })
      } catch (thrown) {
        const isForGood =
          hasCode(thrown, 'DDNN_TRANSPORT_REFUSED') || hasCode(thrown, 'DDNN_FRAME_TOO_LARGE')
        if (!isForGood) throw thrown
        if (!hasTold) log.warn({ err: thrown }, 'dead letters are dropped: they are refused')
        hasTold = true
      }
    },
  }
}

function hasCode(thrown: unknown, code: ErrorCode): boolean {
  return thrown instanceof DdnnError && thrown.code === code
}
