// --limit: the first samples of each label in turn, so that a small part has all labels.
import type { Input, Sample } from './input.ts'

/** An input of at most `count` samples of another, numbered anew. */
export function limitInput(input: Input, count: number): Input {
  const chosen = takeInTurn([...input.samples()], count)
  return {
    labels: input.labels,
    count: chosen.length,
    samples: () => chosen,
    close: () => input.close(),
  }
}

function takeInTurn(samples: readonly Sample[], count: number): readonly Sample[] {
  const byLabel = new Map<number, Sample[]>()
  for (const sample of samples) {
    byLabel.set(sample.label, [...(byLabel.get(sample.label) ?? []), sample])
  }
  const queues = [...byLabel.values()]
  const chosen: Sample[] = []
  for (let turn = 0; chosen.length < Math.min(count, samples.length); turn++) {
    for (const queue of queues) {
      const sample = queue[turn]
      if (sample !== undefined && chosen.length < count) chosen.push(sample)
    }
  }
  // Reads stay in the order of the input, whatever the order of choosing.
  return chosen
    .sort((a, b) => a.index - b.index)
    .map((sample, index) => renumber(sample, index))
}

function renumber(sample: Sample, index: number): Sample {
  const { file, label, encoded } = sample
  return {
    index,
    file,
    label,
    read: () => sample.read(),
    ...(encoded === undefined ? {} : { encoded: () => encoded.call(sample) }),
  }
}
