// The broker's clock as seen from here. No host clock is compared with another's: a record sent to a
// LogAppendTime topic comes back with the broker's time, which lies between sending and receipt.

/** A sample older than this is replaced by a new one even if that took longer: clocks drift. */
const maxSampleAgeMs = 60_000
/** A sample older than this is no longer believed: a broker's clock may have been set meanwhile. */
const expiryMs = 180_000
/** Rounding to milliseconds, drift within a minute. */
const toleranceMs = 100

interface Sample {
  /** Broker's time, milliseconds since 1970, at `atMs` of the monotonic clock. */
  readonly brokerMs: number
  readonly atMs: number
  readonly roundTripMs: number
}

/**
 * Learns from sends; the sample with the shortest round trip of the last minute counts, unless a newer
 * one contradicts it.
 */
export class BrokerClock {
  readonly #now: () => number
  #sample: Sample | undefined

  /** `now` is a monotonic clock, milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** `brokerMs` is -1 where the topic keeps CreateTime. */
  learn(sentAtMs: number, receivedAtMs: number, brokerMs: number): void {
    if (!(brokerMs > 0)) return
    const roundTripMs = receivedAtMs - sentAtMs
    const old = this.#sample
    const isBetter =
      old === undefined ||
      roundTripMs <= old.roundTripMs ||
      receivedAtMs - old.atMs > maxSampleAgeMs ||
      // The clock was set: what is known cannot be true any more, however short its round trip was.
      !isPossible(old, brokerMs, sentAtMs, receivedAtMs)
    if (isBetter) this.#sample = { brokerMs, atMs: sentAtMs + roundTripMs / 2, roundTripMs }
  }

  /** Whether it is time for a new sample. */
  get isDue(): boolean {
    return this.#sample === undefined || this.#now() - this.#sample.atMs > maxSampleAgeMs
  }

  /** The broker's time now; undefined until something was learned, and when that is long ago. */
  nowMs(): number | undefined {
    const sample = this.#sample
    if (sample === undefined) return undefined
    const sinceMs = this.#now() - sample.atMs
    return sinceMs > expiryMs ? undefined : sample.brokerMs + sinceMs
  }

  /** Time since the broker took a record in; 0 where that is not known. */
  ageMs(takenMs: number): number {
    const nowMs = this.nowMs()
    return nowMs === undefined || !(takenMs > 0) ? 0 : Math.max(0, nowMs - takenMs)
  }
}

/** Whether a record taken in between sending and receipt could carry this time, by the older sample. */
function isPossible(
  old: Sample,
  brokerMs: number,
  sentAtMs: number,
  receivedAtMs: number,
): boolean {
  const earliestMs = old.brokerMs + (sentAtMs - old.atMs) - old.roundTripMs / 2
  const latestMs = old.brokerMs + (receivedAtMs - old.atMs) + old.roundTripMs / 2
  return brokerMs >= earliestMs - toleranceMs && brokerMs <= latestMs + toleranceMs
}
