// --rate: samples of an input that become ready one after the other, so many a second.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Input, Sample } from './input.ts'

/** The same input, whose samples wait for their turn before they are read; none waits once the signal aborts. */
export function paceInput(input: Input, perSecond: number, signal: AbortSignal): Input {
  const turn = createTurns(1000 / perSecond, signal)
  return {
    labels: input.labels,
    count: input.count,
    *samples() {
      for (const sample of input.samples()) yield paced(sample, turn)
    },
    close: () => input.close(),
  }
}

/** One turn a sample, however it is read. */
function paced(sample: Sample, takeTurn: () => Promise<void>): Sample {
  let taken: Promise<void> | undefined
  const turn = () => (taken ??= takeTurn())
  return {
    ...sample,
    read: async () => {
      await turn()
      return sample.read()
    },
    ...(sample.encoded === undefined
      ? {}
      : {
          encoded: async () => {
            await turn()
            return sample.encoded?.()
          },
        }),
  }
}

/** Turns are by the clock: who was held up catches up by a second at most. */
function createTurns(everyMs: number, signal: AbortSignal): () => Promise<void> {
  let nextAt = performance.now()
  return async () => {
    const now = performance.now()
    const at = Math.max(nextAt, now - 1000)
    nextAt = at + everyMs
    if (at > now) await sleep(at - now, undefined, { signal }).catch(() => undefined)
  }
}
