// A run against another one on the same images: differences with their intervals, and what became of each image. Pure.
import { shareOf, type Share } from '../../domain/share.ts'
import { percentileDifferences, type PercentileDifference } from './bootstrap.ts'
import { changesOf, type Changes } from './changes.ts'
import { latencyPercents } from './latency.ts'
import { matchRows, type Matches } from './match-rows.ts'
import { isAnswered, type RunFigures } from './measure-run.ts'
import {
  independentDifference,
  pairedDifference,
  type PairedDifference,
} from './share-difference.ts'
import type { Run, RunRow } from './run-row.ts'

/** The second share less the first. */
export interface Difference {
  readonly difference: number
  readonly low: number
  readonly high: number
  /** Undefined where images are not matched: the runs are then two samples of their own. */
  readonly paired: PairedDifference | undefined
}

export interface Comparison {
  /** Names of the runs: the second is held against the first. */
  readonly first: string
  readonly second: string
  readonly matched: { readonly images: number; readonly by: Matches['by']; readonly note: string }
  /** Undefined where a truth is not known. */
  readonly accuracy: Difference | undefined
  /** Shares of answers, by exit of the report. */
  readonly exits: readonly { readonly exit: string; readonly share: Difference }[]
  /** Of images that both answered; empty where images are not matched. */
  readonly latency: readonly PercentileDifference[]
  readonly changes: Changes
}

export function compareRuns(
  first: { readonly run: Run; readonly figures: RunFigures },
  second: { readonly run: Run; readonly figures: RunFigures },
): Comparison {
  const { pairs, by, note } = matchRows(first.run, second.run)
  const answered = pairs.filter(([a, b]) => isAnswered(a) && isAnswered(b))
  return {
    first: first.run.name,
    second: second.run.name,
    matched: { images: pairs.length, by, note },
    accuracy: accuracyDifference(answered, first.figures.accuracy, second.figures.accuracy),
    exits: first.run.exits.map((exit, place) => ({
      exit,
      share:
        answered.length > 0
          ? paired(answered, ({ exit: own }) => own === place)
          : independent(shareAt(first.figures, place), shareAt(second.figures, place)),
    })),
    latency: latencyDifferences(answered),
    changes: changesOf(first.run, second.run, pairs),
  }
}

function shareAt({ exits, answered }: RunFigures, place: number): Share {
  return exits[place]?.share ?? shareOf(0, answered)
}

type Pairs = Matches['pairs']

function accuracyDifference(
  answered: Pairs,
  first: Share | undefined,
  second: Share | undefined,
): Difference | undefined {
  if (first === undefined || second === undefined) return undefined
  const known = answered.filter(([a, b]) => a.isRight !== undefined && b.isRight !== undefined)
  return known.length === 0
    ? independent(first, second)
    : paired(known, ({ isRight }) => isRight === true)
}

function paired(pairs: Pairs, isSo: (row: RunRow) => boolean): Difference {
  const only = (one: 0 | 1) =>
    pairs.filter((pair) => isSo(pair[one]) && !isSo(pair[one === 0 ? 1 : 0])).length
  const found = pairedDifference(only(0), only(1), pairs.length)
  const { difference, low, high } = found
  return { difference, low, high, paired: found }
}

function independent(first: Share, second: Share): Difference {
  return { ...independentDifference(first, second), paired: undefined }
}

function latencyDifferences(answered: Pairs): readonly PercentileDifference[] {
  const timed = answered.filter(([a, b]) => a.latencyMs !== undefined && b.latencyMs !== undefined)
  const timesOf = (one: 0 | 1) => Float64Array.from(timed, (pair) => pair[one].latencyMs ?? 0)
  return percentileDifferences(timesOf(0), timesOf(1), latencyPercents)
}
