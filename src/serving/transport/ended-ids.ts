// Which of a process's own correlation ids have ended, and how: tells a late reply from a duplicate.

/** Remembers the newest `capacity` ids that ended without a reply or with one; older are forgotten. */
export class EndedIds {
  readonly #capacity: number
  readonly #isAnswered = new Map<string, boolean>()

  constructor(capacity = 4096) {
    this.#capacity = capacity
  }

  add(id: string, isAnswered: boolean): void {
    this.#isAnswered.delete(id)
    this.#isAnswered.set(id, isAnswered)
    const [oldest] = this.#isAnswered.keys()
    if (this.#isAnswered.size > this.#capacity && oldest !== undefined) {
      this.#isAnswered.delete(oldest)
    }
  }

  /** What a reply to an id that is not pending is; a forgotten id counts as late. */
  kindOf(id: string): 'late' | 'duplicate' {
    const kind = this.#isAnswered.get(id) === true ? 'duplicate' : 'late'
    this.add(id, true)
    return kind
  }
}
