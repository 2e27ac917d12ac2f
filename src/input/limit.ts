// Parts of an input. --limit: samples of every label in turn, so that a small part of a sorted folder has all labels.
import type { Input, Sample } from './input.ts'

/** An input of at most `limit` samples of another, in its order, numbered anew. Nothing is read. */
export function limitInput(input: Input, limit: number): Input {
  const chosen = takeInTurn([...input.samples()], limit)
  return {
    labels: input.labels,
    count: chosen.length,
    samples: () => chosen,
    close: () => input.close(),
  }
}

/** An input less some samples, told by their indices; the others keep theirs. */
export function withoutSamples(input: Input, left: ReadonlySet<number>): Input {
  return {
    labels: input.labels,
    count: input.count - left.size,
    *samples() {
      for (const sample of input.samples()) if (!left.has(sample.index)) yield sample
    },
    close: () => input.close(),
  }
}

function takeInTurn(samples: readonly Sample[], limit: number): readonly Sample[] {
  const byLabel = new Map<number, Sample[]>()
  for (const sample of samples) {
    const queue = byLabel.get(sample.label)
    if (queue === undefined) byLabel.set(sample.label, [sample])
    else queue.push(sample)
  }
  const count = Math.min(limit, samples.length)
  const chosen: Sample[] = []
  for (let turn = 0; chosen.length < count; turn++) {
    for (const queue of byLabel.values()) {
      const sample = queue[turn]
      if (sample !== undefined && chosen.length < count) chosen.push(sample)
    }
  }
  return chosen.sort((a, b) => a.index - b.index).map((sample, index) => ({ ...sample, index }))
}
