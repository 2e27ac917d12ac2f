// Who is answered next, and who cannot be in time: a tier takes more requests than it runs at once, and this
// queue stands between. Each client has a queue of its own and they take turns, so one that floods waits
// behind itself. It decides from what a request says of itself alone; nothing of it is decoded.
//
// Clients are told apart by the names that they give themselves: that keeps a busy device from calm ones,
// and nobody who changes his name with every request.

interface AdmissionOptions {
  /** Most requests begun and not ended. */
  readonly maxUnderWay: number
  /** Most requests begun whose submodels have not run, while one client asks: enough to fill batches. */
  readonly maxComputing: number
  /** The same while several ask: few, or a flood fills the engine before another's turn. */
  readonly maxComputingShared: number
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number
}

/** One request's way through. */
export interface Turn {
  /** Resolves when it may begin. */
  readonly begun: Promise<void>
  /** Its submodels have run; what it waits for now is not here. */
  computed(): void
  /** It is over, however it ended. Idempotent. */
  end(): void
}

/** A client that asked within this time, milliseconds, counts as asking. */
const recentMs = 1000
/** Most clients that are remembered so; more of them are several in any case. */
const mostRecent = 64

/** Weight of the newest measurement. */
const newest = 0.1

interface Waiting {
  readonly begin: () => void
}

export class Admission {
  readonly #options: Required<AdmissionOptions>
  /** Never an empty queue; its order is that of the turns. */
  readonly #queues = new Map<string, Waiting[]>()
  /** When each client asked last, the longest ago first. */
  readonly #recent = new Map<string, number>()
  #underWay = 0
  #computing = 0
  /** Of the last begin, while others waited behind it. */
  #lastBeginAt: number | undefined
  /** From one begin to the next, while requests wait. */
  #intervalMs: number | undefined
  /** From its begin to the end of its submodels. */
  #computeMs = 0

  constructor(options: AdmissionOptions) {
    this.#options = { now: () => performance.now(), ...options }
  }

  get waiting(): number {
    let waiting = 0
    for (const queue of this.#queues.values()) waiting += queue.length
    return waiting
  }

  /**
   * A turn for a request that has so much time left, milliseconds (Infinity where its asker waits for ever);
   * undefined where it could not be answered within.
   */
  enter(clientId: string | undefined, leftMs: number): Turn | undefined {
    const id = clientId ?? ''
    this.#remember(id)
    if (this.expectedMs(id) > leftMs) return undefined
    const { now } = this.#options
    let stage: 'waiting' | 'computing' | 'computed' | 'ended' = 'waiting'
    let begunAt = 0
    const computed = () => {
      if (stage !== 'computing') return
      stage = 'computed'
      this.#computing -= 1
      this.#computeMs = average(this.#computeMs, now() - begunAt)
      this.#beginNext()
    }
    const begun = new Promise<void>((resolve) => {
      const begin = () => {
        stage = 'computing'
        begunAt = now()
        resolve()
      }
      const queue = this.#queues.get(id)
      if (queue === undefined) this.#queues.set(id, [{ begin }])
      else queue.push({ begin })
    })
    this.#beginNext()
    return {
      begun,
      computed,
      end: () => {
        if (stage === 'ended' || stage === 'waiting') return
        if (stage === 'computing') this.#computing -= 1
        stage = 'ended'
        this.#underWay -= 1
        this.#beginNext()
      },
    }
  }

  /**
   * How long a request of this client would take from now, milliseconds, as far as it was measured: what
   * begins before it at the pace of late, then its own submodels. 0 while nobody waits.
   */
  expectedMs(clientId: string): number {
    if (this.#queues.size === 0 || this.#intervalMs === undefined) return 0
    const own = this.#queues.get(clientId)?.length ?? 0
    let ahead = own
    for (const [id, queue] of this.#queues) {
      if (id !== clientId) ahead += Math.min(queue.length, own + 1)
    }
    return (ahead + 1) * this.#intervalMs + this.#computeMs
  }

  #remember(id: string): void {
    const now = this.#options.now()
    this.#recent.delete(id)
    this.#recent.set(id, now)
    for (const [other, askedAt] of this.#recent) {
      if (now - askedAt <= recentMs && this.#recent.size <= mostRecent) break
      this.#recent.delete(other)
    }
  }

  #beginNext(): void {
    const { maxUnderWay, now, maxComputingShared } = this.#options
    const isShared = this.#recent.size > 1
    const maxComputing = isShared ? maxComputingShared : this.#options.maxComputing
    while (this.#underWay < maxUnderWay && this.#computing < maxComputing) {
      const [first] = this.#queues
      if (first === undefined) break
      const [id, queue] = first
      const next = queue.shift()
      // Its client's next turn comes after all others'.
      this.#queues.delete(id)
      if (queue.length > 0) this.#queues.set(id, queue)
      this.#underWay += 1
      this.#computing += 1
      if (this.#lastBeginAt !== undefined) {
        this.#intervalMs = average(this.#intervalMs, now() - this.#lastBeginAt)
      }
      this.#lastBeginAt = now()
      next?.begin()
    }
    if (this.#queues.size === 0) this.#lastBeginAt = undefined
  }
}

function average(known: number | undefined, sample: number): number {
  return known === undefined ? sample : known * (1 - newest) + sample * newest
}
