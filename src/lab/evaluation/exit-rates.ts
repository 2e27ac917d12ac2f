// Where the samples of each class leave: a class that always goes to the cloud is one that the edge never learned. Pure.
import { shareOf, type Share } from '../../domain/share.ts'
import type { SampleScores } from './scores.ts'
import type { Taken } from './taken-exit.ts'

export interface ClassExits {
  readonly label: string
  readonly samples: number
  /** Of its samples, by exit. */
  readonly left: readonly Share[]
  /** Those that no exit was confident of, where the network goes on beyond the models. */
  readonly unsure: Share
}

/** A row a label, also for those without a sample. */
export function exitRatesOf(
  samples: readonly SampleScores[],
  taken: readonly Taken[],
  labels: readonly string[],
  exits: number,
): readonly ClassExits[] {
  const counts = labels.map(() => new Uint32Array(exits + 1))
  for (const [i, { label }] of samples.entries()) {
    const { exit = 0, isLeft = false } = taken[i] ?? {}
    const own = counts[label]
    const place = isLeft ? exit : exits
    if (own !== undefined) own[place] = (own[place] ?? 0) + 1
  }
  return labels.map((label, i) => {
    const own = counts[i] ?? new Uint32Array(exits + 1)
    const all = own.reduce((sum, count) => sum + count, 0)
    return {
      label,
      samples: all,
      left: Array.from(own.subarray(0, exits), (count) => shareOf(count, all)),
      unsure: shareOf(own[exits] ?? 0, all),
    }
  })
}
