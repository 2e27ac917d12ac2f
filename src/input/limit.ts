// The first samples of an input, for --limit.
import type { Input } from './input.ts'

/** An input that ends after so many samples. */
export function limitInput(input: Input, limit: number): Input {
  const count = Math.min(input.count, limit)
  return {
    labels: input.labels,
    count,
    *samples() {
      if (count === 0) return
      for (const sample of input.samples()) {
        yield sample
        if (sample.index + 1 >= count) return
      }
    },
    close: () => input.close(),
  }
}
