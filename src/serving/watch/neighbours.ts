// The tiers in front, as they tell of themselves: asked a few times a second while somebody watches, and heard of in
// every reply. Whoever is asked and not heard of is silent.
import { hopsOf, type Reply } from '../../domain/reply.ts'
import type { TierAbout } from '../../domain/probe.ts'
import type { TierState } from '../../domain/watch.ts'

/** Between two questions, milliseconds: a tier that dies is seen within a second. */
const everyMs = 250
/** While one of them has been silent for longer than the second of these: its topic need not fill with questions. */
const [restMs, restAfterMs] = [1000, 10_000]
/** A tier halves what it has for those in front of it, so each question gets a multiple of what the last one took. */
const [leastMs, mostMs, firstMs, times] = [500, 5000, 2000, 6]
/** A replica that has not answered for so long is gone, milliseconds. */
const replicaMs = 10_000

export interface Neighbour {
  readonly name: string
  readonly state: Exclude<TierState, 'here'>
  readonly silentMs: number
  readonly about: TierAbout | undefined
  readonly replicas: number
}

type Ask = (budgetMs: number) => Promise<Reply>

interface Known {
  readonly name: string
  about: TierAbout | undefined
  heardAt: number
  isSilent: boolean
  readonly replicas: Map<string, number>
}

export class Neighbours {
  #chain: Known[] = []
  #budgetMs = firstMs
  readonly #ask: Ask
  readonly #now: () => number

  constructor(ask: Ask, now: () => number) {
    this.#ask = ask
    this.#now = now
  }

  /** Nearest first; empty before anybody answered. */
  list(): readonly Neighbour[] {
    const now = this.#now()
    return this.#chain.map(({ name, about, isSilent, heardAt, replicas }) => {
      for (const [instance, at] of replicas) if (now - at > replicaMs) replicas.delete(instance)
      return {
        ...{ name, about, replicas: replicas.size },
        state: isSilent ? 'silent' : 'answers',
        silentMs: isSilent ? now - heardAt : 0,
      }
    })
  }

  /** A reply came from there. */
  heard(name: string): void {
    const known = this.#chain.find((one) => one.name === name)
    if (known === undefined) return
    known.heardAt = this.#now()
    known.isSilent = false
  }

  /** Asks once. Never rejects. Resolves with the time to wait before the next question, milliseconds. */
  async askOnce(): Promise<number> {
    const startedAt = this.#now()
    try {
      const reply = await this.#ask(this.#budgetMs)
      const tookMs = this.#now() - startedAt
      const hops = hopsOf(reply)
      // A reply that waited for a tier that is gone took as long as it was given.
      if (hops.length >= this.#chain.length) {
        this.#budgetMs = Math.min(Math.max(tookMs * times, leastMs), mostMs)
      }
      this.#take(hops)
    } catch {
      // Whoever is slow to answer gets more time from now on.
      this.#budgetMs = Math.min(this.#budgetMs * 1.5, mostMs)
    }
    for (const known of this.#chain) if (known.heardAt < startedAt) known.isSilent = true
    const now = this.#now()
    const isLong = this.#chain.some(
      ({ isSilent, heardAt }) => isSilent && now - heardAt > restAfterMs,
    )
    return isLong ? restMs : Math.max(everyMs - (now - startedAt), everyMs / 4)
  }

  /** Tiers behind the last one that answered stay known: they may be back. */
  #take(hops: readonly Reply[]): void {
    const now = this.#now()
    hops.forEach(({ tier: name, about }, place) => {
      const former = this.#chain[place]
      if (former?.name !== name) {
        const replicas = new Map<string, number>()
        const known = { name, about, heardAt: now, isSilent: false, replicas }
        // What stood behind another tier is another chain.
        this.#chain = [...this.#chain.slice(0, place), known]
      }
      const known = this.#chain[place]
      if (known === undefined) return
      known.about = about ?? known.about
      known.heardAt = now
      known.isSilent = false
      if (about?.life !== undefined) known.replicas.set(about.life.instance, now)
    })
  }
}
