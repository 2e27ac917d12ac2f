// A mean over what happened lately, in two numbers.

/** About so many of the last values count. */
const span = 1000

/** Each value weighs a thousandth less than the next one; of the first thousand all weigh the same. */
export class Lately {
  #count = 0
  #mean = 0

  add(value: number): void {
    this.#count = Math.min(this.#count + 1, span)
    this.#mean += (value - this.#mean) / this.#count
  }

  /** undefined before the first value. */
  get mean(): number | undefined {
    return this.#count === 0 ? undefined : this.#mean
  }
}
