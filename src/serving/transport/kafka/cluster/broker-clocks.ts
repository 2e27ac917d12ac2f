// The clocks of a cluster's brokers, one each: a record is stamped by the leader of its partition, and the
// clocks of two brokers may be a minute apart.
import { BrokerClock } from './broker-clock.ts'

export class BrokerClocks {
  readonly #clocks = new Map<number, BrokerClock>()
  readonly #now: () => number

  /** `now` is a monotonic clock, milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** From a send that this node acknowledged; `appendTimeMs` is -1 where it does not stamp records. */
  learn(node: number, sentAtMs: number, receivedAtMs: number, appendTimeMs: number): void {
    const clock = this.#clocks.get(node) ?? new BrokerClock(this.#now)
    this.#clocks.set(node, clock)
    clock.learn(sentAtMs, receivedAtMs, appendTimeMs)
  }

  /** Whether nothing is known of this node's clock, or it was learned long ago. */
  isDue(node: number): boolean {
    return this.#clocks.get(node)?.isDue ?? true
  }

  /** Time since this node took a record in; 0 where that is not known. */
  ageMs(node: number, timestampMs: number): number {
    return this.#clocks.get(node)?.ageMs(timestampMs) ?? 0
  }
}
