// One budget of bytes for many pieces of work: each waits, first come first served, until what it needs
// fits. The decoder's pixels are bounded by it, however many images arrive at once.

export interface MemoryBudget {
  /** What it is, bytes. */
  readonly bytes: number
  /**
   * Runs `work` once `bytes` are free, and frees them when it settles. Nobody overtakes, so that many
   * small ones never starve a large one. Work that needs more than the whole budget runs alone.
   */
  run<T>(bytes: number, work: () => Promise<T>): Promise<T>
}

interface Waiting {
  readonly bytes: number
  start(): void
}

/** @param bytes above 0. */
export function createMemoryBudget(bytes: number): MemoryBudget {
  const waiting: Waiting[] = []
  let free = bytes

  const startWhatFits = () => {
    for (let next = waiting[0]; next !== undefined && next.bytes <= free; next = waiting[0]) {
      waiting.shift()
      free -= next.bytes
      next.start()
    }
  }

  return {
    bytes,
    async run(asked, work) {
      const taken = Math.min(asked, bytes)
      await new Promise<void>((start) => {
        waiting.push({ bytes: taken, start })
        startWhatFits()
      })
      try {
        return await work()
      } finally {
        free += taken
        startWhatFits()
      }
    },
  }
}
