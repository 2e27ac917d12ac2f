// The end of a link's opening: the first join of its group, which takes as long as the other members
// hold on to their partitions.
import { TransportError } from '../../errors.ts'
import { closedError } from '../closed-error.ts'
import type { BrokerWatch } from './broker-watch.ts'
import {
  isRefused,
  isWithoutCoordinator,
  toTransportError,
  type KafkaPlace,
} from './kafka-errors.ts'
import type { WakeUp } from './wake-up.ts'

const lookMs = 1000

export interface PositionWait {
  readonly hasPosition: () => boolean
  /** What went wrong last on the way there; undefined where nothing did. */
  readonly failure: () => unknown
  /** Woken whenever one of both may have changed. */
  readonly changed: WakeUp
  readonly closing: AbortSignal
  readonly watch: BrokerWatch
  readonly place: KafkaPlace
  readonly groupId: string
  readonly topic: string
  /** Brokers that answer, yet name no coordinator for so long, refuse the group. */
  readonly coordinatorTimeoutMs: number
  readonly timeoutMs: number
}

/**
 * Resolves when the link has its position.
 * @throws DDNN_TRANSPORT_REFUSED as soon as a broker says no, DDNN_TRANSPORT_UNREACHABLE when the time is
 *   over, with the last failure as its cause, DDNN_TRANSPORT_CLOSED.
 */
export async function untilPositioned(wait: PositionWait): Promise<void> {
  const { place, groupId, topic, timeoutMs } = wait
  const deadline = performance.now() + timeoutMs
  let unfoundSince = Infinity
  while (!wait.hasPosition()) {
    if (wait.closing.aborted) throw closedError('record', topic)
    const failure = wait.failure()
    if (isRefused(failure)) throw toTransportError(failure, place, `the group '${groupId}'`)
    if (!isWithoutCoordinator(failure) || wait.watch.reason !== undefined) unfoundSince = Infinity
    else unfoundSince = Math.min(unfoundSince, performance.now())
    if (performance.now() - unfoundSince > wait.coordinatorTimeoutMs) {
      throw new TransportError(
        'DDNN_TRANSPORT_REFUSED',
        `Expected ${place.hosts}${place.flag} to allow the group '${groupId}', got no coordinator for it`,
        {
          hint: 'Check that the login may read this group: kafka-acls --list --group',
          cause: failure,
        },
      )
    }
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
