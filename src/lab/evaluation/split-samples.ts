// Which samples choose and which test. Pure.
import { createRandom, shuffled } from '../../domain/random.ts'
import { ConfigError } from '../../errors.ts'
import { checkCount, leastSamples } from './check-samples.ts'
import type { SampleScores } from './scores.ts'

export interface SplitOptions {
  /** Share of the samples that fit and choose; the others test. 1 leaves none. */
  readonly split: number
  readonly seed: number
  /** The first so many choose and the others test, whatever the share: a set of its own tests. */
  readonly choosing?: number | undefined
}

interface SplitSamples {
  readonly chosenOn: readonly SampleScores[]
  readonly testedOn: readonly SampleScores[]
}

/**
 * Two parts by seed: samples of a set come by label, and halves of that would know different labels. Both parts are mixed.
 * @throws DDNN_CONFIG_INVALID when a part would be too small.
 */
export function splitSamples(
  samples: readonly SampleScores[],
  { split, seed, choosing }: SplitOptions,
): SplitSamples {
  if (choosing !== undefined) {
    checkCount(choosing)
    const mix = (part: readonly SampleScores[]) => shuffled(part, createRandom(seed, 0x5917))
    return {
      chosenOn: mix(samples.slice(0, choosing)),
      testedOn: mix(samples.slice(choosing)),
    }
  }
  const mixed = shuffled(samples, createRandom(seed, 0x5917))
  const count = Math.round(split * mixed.length)
  const least = leastSamples / 2
  if (count < least || (count < mixed.length && mixed.length - count < least)) {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected --fit-share to leave at least ${least} images to choose on and to test on, got ${count} and ${mixed.length - count}`,
      { hint: 'Pass --fit-share 0.5, or more images' },
    )
  }
  return { chosenOn: mixed.slice(0, count), testedOn: mixed.slice(count) }
}
