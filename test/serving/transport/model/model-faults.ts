// Faults on the way to a broker, by a schedule: the n-th request of a kind meets one.

export type Api =
  | 'topics'
  | 'ends'
  | 'identify'
  | 'produce'
  | 'fetch'
  | 'coordinator'
  | 'join'
  | 'sync'
  | 'heartbeat'
  | 'commit'
  | 'leave'
  | 'committed'

export interface Fault {
  readonly api: Api
  /** Counted from 0, over all channels of the cluster. */
  readonly nth: number
  /**
   * `lostRequest` reaches no broker, of `lostAnswer` the work is done; `slow` takes 30 ms each way;
   * `unsure` is done, and answered with REQUEST_TIMED_OUT; `stale` is answered from what was known before.
   */
  readonly kind: 'lostRequest' | 'lostAnswer' | 'slow' | 'unsure' | 'stale'
}

export class ModelFaults {
  #faults: readonly Fault[]
  readonly #counts = new Map<Api, number>()

  constructor(faults: readonly Fault[]) {
    this.#faults = faults
  }

  /** What the next request of this kind meets; undefined where all goes well. */
  next(api: Api): Fault['kind'] | undefined {
    const nth = this.#counts.get(api) ?? 0
    this.#counts.set(api, nth + 1)
    return this.#faults.find((one) => one.api === api && one.nth === nth)?.kind
  }

  /** How many requests of this kind there were. */
  count(api: Api): number {
    return this.#counts.get(api) ?? 0
  }

  end(): void {
    this.#faults = []
  }
}
