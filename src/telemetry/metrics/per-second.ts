// How much happens in a second, over the last five whole ones: a few additions an event, nothing kept beyond.

/** Whole seconds that count; one more is being filled. */
const seconds = 5
const places = seconds + 1

export class PerSecond {
  readonly #sums = new Float64Array(places)
  readonly #now: () => number
  readonly #startedAt: number
  #second: number

  /** `now` in milliseconds, never going back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    this.#startedAt = now()
    this.#second = Math.floor(this.#startedAt / 1000)
  }

  add(amount: number): void {
    this.#turn()
    const place = this.#second % places
    this.#sums[place] = (this.#sums[place] ?? 0) + amount
  }

  /** Of a start that is younger, over the time since. */
  get rate(): number {
    this.#turn()
    const sum = this.#sums.reduce((total, one) => total + one, 0)
    const begunAt = Math.max((this.#second - seconds) * 1000, this.#startedAt)
    return sum / Math.max(1, (this.#now() - begunAt) / 1000)
  }

  /** Empties the seconds that have begun since. */
  #turn(): void {
    const second = Math.floor(this.#now() / 1000)
    for (let passed = 0; this.#second < second && passed < places; passed += 1) {
      this.#second += 1
      this.#sums[this.#second % places] = 0
    }
    this.#second = second
  }
}
