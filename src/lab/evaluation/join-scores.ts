// The scores of two sets as one: the first chooses, the second tests. Pure.
import { createHash } from 'node:crypto'
import { ConfigError } from '../../errors.ts'
import type { SampleScores, Scores } from './scores.ts'

interface JoinedScores {
  readonly scores: Scores
  /** How many of the samples, from the first on, choose. */
  readonly choosing: number
  /** Samples of the second that are in the first as well, by what the exits say of them. */
  readonly inBoth: number
}

/**
 * Of the same models; times and sizes are those of the first.
 * @throws DDNN_CONFIG_INVALID where the second has no samples, or they are the first's
 */
export function joinScores(choose: Scores, test: Scores): JoinedScores {
  if (test.samples.length === 0) {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      'Expected images to test on, got none that can be read',
    )
  }
  if (test.dataHash === choose.dataHash) {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      'Expected --test-input to hold other images than those that choose, got the same ones',
      {
        hint: 'Pass a folder of images that chose nothing, or leave it out: half of the images test then',
      },
    )
  }
  const known = new Set(choose.samples.map(keyOf))
  return {
    scores: {
      ...choose,
      samples: [...choose.samples, ...test.samples],
      ...(choose.compared === undefined
        ? {}
        : {
            compared: choose.compared.map(({ form, samples }) => ({
              form,
              samples: [
                ...samples,
                ...(test.compared?.find((other) => other.form === form)?.samples ?? []),
              ],
            })),
          }),
      unreadable: [...choose.unreadable, ...test.unreadable],
      dataHash: createHash('sha256').update(choose.dataHash).update(test.dataHash).digest('hex'),
      setHashes: [choose.dataHash, test.dataHash],
    },
    choosing: choose.samples.length,
    inBoth: test.samples.filter((sample) => known.has(keyOf(sample))).length,
  }
}

/** What the exits say of it, to three digits: batches of other sizes differ in the last ones. */
function keyOf({ label, values }: SampleScores): string {
  const digits = values.map((own) => Array.from(own, (value) => value.toPrecision(3)).join())
  return `${label} ${digits.join(' ')}`
}
