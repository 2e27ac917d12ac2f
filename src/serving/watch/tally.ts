// Exact counts of all samples since the start: by exit, right ones among those whose class is known, and how long they took.
import { answerOf, isFallback } from '../../domain/reply.ts'
import type { WatchTick } from '../../domain/watch.ts'
import { Latencies } from './latencies.ts'
import type { SeenSample } from './watch.ts'

type TallyFacts = Pick<WatchTick, 'images' | 'fallbacks' | 'errors' | 'exits' | 'latency'>

interface ExitTally {
  images: number
  judged: number
  right: number
  readonly latencies: Latencies
}

export class Tally {
  readonly #exits = new Map<number, ExitTally>()
  readonly #all: Latencies
  #images = 0
  #fallbacks = 0
  #errors = 0

  constructor(now: number) {
    this.#all = new Latencies(now)
  }

  add({ reply, totalMs, label }: SeenSample, now: number): void {
    this.#images += 1
    if (totalMs !== undefined) this.#all.add(totalMs, now)
    const answer = reply === undefined ? undefined : answerOf(reply)
    if (reply === undefined || answer === undefined) {
      this.#errors += 1
      return
    }
    if (isFallback(reply)) this.#fallbacks += 1
    const { exit, prediction } = answer.result
    const tally = this.#tallyOf(exit, now)
    tally.images += 1
    if (totalMs !== undefined) tally.latencies.add(totalMs, now)
    if (label === undefined) return
    tally.judged += 1
    if (prediction === label) tally.right += 1
  }

  facts(now: number): TallyFacts {
    const exits = [...this.#exits].sort(([a], [b]) => a - b)
    return {
      images: this.#images,
      fallbacks: this.#fallbacks,
      errors: this.#errors,
      latency: this.#all.facts(now),
      exits: exits.map(([exit, { images, judged, right, latencies }]) => ({
        ...{ exit, images, judged, right },
        latency: latencies.facts(now),
      })),
    }
  }

  #tallyOf(exit: number, now: number): ExitTally {
    let tally = this.#exits.get(exit)
    if (tally === undefined) {
      tally = { images: 0, judged: 0, right: 0, latencies: new Latencies(now) }
      this.#exits.set(exit, tally)
    }
    return tally
  }
}
