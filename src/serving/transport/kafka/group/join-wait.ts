// The end of a link's opening: the first join of its group, which takes as long as the other members hold
// on to their partitions.
import { TransportError } from '../../../../errors.ts'
import { closedError } from '../../closed-error.ts'
import { isRefused, toTransportError, type KafkaPlace } from '../kafka-errors.ts'
import type { Condition } from '../condition.ts'

const lookMs = 1000

interface JoinWait {
  readonly isDone: () => boolean
  /** What went wrong last on the way there; undefined where nothing did. */
  readonly failure: () => unknown
  /** Woken whenever one of both may have changed. */
  readonly changed: Condition
  readonly closing: AbortSignal
  readonly place: KafkaPlace
  readonly groupId: string
  readonly topic: string
  readonly timeoutMs: number
}

/**
 * Resolves when it is done.
 * @throws DDNN_TRANSPORT_REFUSED as soon as a broker says no, DDNN_TRANSPORT_UNREACHABLE when the time is
 *   over, with the last failure as its cause, DDNN_TRANSPORT_CLOSED.
 */
export async function untilJoined(wait: JoinWait): Promise<void> {
  const { place, groupId, topic, timeoutMs } = wait
  const deadline = performance.now() + timeoutMs
  while (!wait.isDone()) {
    if (wait.closing.aborted) throw closedError('record', topic)
    const failure = wait.failure()
    if (isRefused(failure)) throw toTransportError(failure, place, `the group '${groupId}'`)
    const leftMs = deadline - performance.now()
    if (leftMs <= 0) {
      throw new TransportError(
        'DDNN_TRANSPORT_UNREACHABLE',
        `Expected to join the group '${groupId}' at ${place.hosts}${place.flag} within ${timeoutMs} ms` +
          (failure instanceof Error ? `, got: ${failure.message}` : ''),
        {
          retriable: true,
          hint: 'Look at the group with kafka-consumer-groups --describe',
          cause: failure,
        },
      )
    }
    await wait.changed.wait(Math.min(leftMs, lookMs))
  }
}
