// Requests that no tier can answer go to `<topic>_dlq`, made when the first one comes.
import type { Message } from 'kafkajs'
import { DdnnError, type ErrorCode } from '../../errors.ts'
import { deadLetterHeaders, deadLetterTopic } from '../dead-letter.ts'
import type { BackLinkOptions, IncomingRequest } from '../transport.ts'
import type { LinkContext } from './link-context.ts'
import { bufferOf } from './records.ts'
import { ensureTopics } from './topics.ts'

export interface DeadLetters {
  /** Keeps a request's timestamp, which the seam does not carry, for as long as the request lives. */
  remember(request: IncomingRequest, timestamp: string): void
  /**
   * Resolves when it is acknowledged; errors as KafkaCluster.send. Where the topic is missing and is
   * not to be made, or the brokers refuse the letter, it is dropped and that is logged once.
   */
  send(
    request: IncomingRequest,
    reason: { readonly code: string; readonly message: string },
    signal: AbortSignal,
  ): Promise<void>
}

/** The dead letters of one request topic. */
export function createDeadLetters(context: LinkContext, options: BackLinkOptions): DeadLetters {
  const { requests: cluster, log } = context
  // Nobody else is expected to make this topic: where it is missing, letters are dropped.
  const policy = { ...context.policy, awaitTopics: false }
  const topic = deadLetterTopic(options.requestTopic)
  const timestamps = new WeakMap<IncomingRequest, string>()
  let ensuring: Promise<boolean> | undefined
  let hasTold = false

  const ensure = async () => {
    try {
      const needs = [{ topic, maxValueBytes: options.maxRequestBytes }]
      await cluster.start((admin) => ensureTopics(admin, needs, policy, cluster.place), topic)
      return true
    } catch (thrown) {
      if (!(thrown instanceof DdnnError) || thrown.retriable) {
        ensuring = undefined
        throw thrown
      }
      log.warn({ hint: thrown.hint }, `dead letters are dropped: ${thrown.message}`)
      return false
    }
  }

  return {
    remember: (request, timestamp) => void timestamps.set(request, timestamp),
    async send(request, reason, signal) {
      if (!(await (ensuring ??= ensure()))) return
      const message: Message = {
        key: null,
        value: bufferOf(request.value),
        headers: deadLetterHeaders(request, timestamps.get(request) ?? '-1', reason),
      }
      try {
        await cluster.send(topic, message, signal).catch((thrown: unknown) => {
          if (!hasCode(thrown, 'DDNN_FRAME_TOO_LARGE')) throw thrown
          // Its origin says where the value itself still stands.
          return cluster.send(topic, { ...message, value: null }, signal)
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
