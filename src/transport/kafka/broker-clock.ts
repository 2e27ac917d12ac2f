// The broker's clock as seen from here. No host clock is compared with another's: a record sent to a
// LogAppendTime topic comes back with the broker's time, which lies between sending and receipt.

/** A sample older than this is replaced by a new one even if that took longer: clocks drift. */
const maxSampleAgeMs = 60_000

interface Sample {
  /** Broker's time, milliseconds since 1970, at `atMs` of the monotonic clock. */
  readonly brokerMs: number
  readonly atMs: number
  readonly roundTripMs: number
}

/** Learns from sends; the sample with the shortest round trip of the last minute counts. */
export class BrokerClock {
  readonly #now: () => number
  #sample: Sample | undefined

  /** `now` is a monotonic clock, milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** `logAppendTime` as kafkajs gives it: '-1' or undefined where the topic keeps CreateTime. */
  learn(sentAtMs: number, receivedAtMs: number, logAppendTime: string | undefined): void {
    const brokerMs = Number(logAppendTime ?? -1)
    if (!(brokerMs > 0)) return
    const roundTripMs = receivedAtMs - sentAtMs
    const old = this.#sample
    const isBetter =
      old === undefined ||
      roundTripMs <= old.roundTripMs ||
      receivedAtMs - old.atMs > maxSampleAgeMs
    if (isBetter) this.#sample = { brokerMs, atMs: sentAtMs + roundTripMs / 2, roundTripMs }
  }

  /** The broker's time now; undefined until something was learned. */
  nowMs(): number | undefined {
    const sample = this.#sample
    return sample === undefined ? undefined : sample.brokerMs + (this.#now() - sample.atMs)
  }

  /** Time since the broker took a record in; 0 where that is not known. */
  ageMs(timestamp: string): number {
    const nowMs = this.nowMs()
    const takenMs = Number(timestamp)
    return nowMs === undefined || !(takenMs > 0) ? 0 : Math.max(0, nowMs - takenMs)
  }
}
