// How long answers took lately, as percentiles: two histograms of ten seconds in turn, so that the last ten to twenty
// seconds count.
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { LatencyFacts } from '../../domain/watch.ts'

const turnMs = 10_000
/** Microseconds up to an hour, within a hundredth. */
const scale = { lowest: 1, highest: 3_600_000_000, figures: 2 } as const

export class Latencies {
  #current: RecordableHistogram = createHistogram(scale)
  #former: RecordableHistogram = createHistogram(scale)
  #turnedAt: number

  constructor(now: number) {
    this.#turnedAt = now
  }

  /** Both in milliseconds; `now` of one clock, never going back. */
  add(ms: number, now: number): void {
    this.#turn(now)
    this.#current.record(Math.min(Math.max(1, Math.round(ms * 1000)), scale.highest))
  }

  /** Undefined where nothing was answered lately. */
  facts(now: number): LatencyFacts | undefined {
    this.#turn(now)
    const all = createHistogram(scale)
    // An empty one is not added: its least value would count.
    for (const part of [this.#former, this.#current]) if (part.count > 0) all.add(part)
    if (all.count === 0) return undefined
    const at = (percentile: number) => all.percentile(percentile) / 1000
    return { count: all.count, p50: at(50), p95: at(95), p99: at(99) }
  }

  #turn(now: number): void {
    const turns = Math.floor((now - this.#turnedAt) / turnMs)
    if (turns < 1) return
    this.#turnedAt += turns * turnMs
    const spare = this.#former
    spare.reset()
    this.#former = this.#current
    this.#current = spare
    if (turns > 1) this.#former.reset()
  }
}
