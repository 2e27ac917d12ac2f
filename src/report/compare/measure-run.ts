// The figures of one run: how many were right, where they left, how long it took, what went wrong. Pure.
import { shareOf, type Share } from '../../domain/share.ts'
import { latencyOf, sortedTimes, type Latency } from './latency.ts'
import { passedOn, type PassedOn } from './passed-on.ts'
import type { Run, RunRow } from './run-row.ts'

/** The rows that one exit answered. */
export interface ExitFigures {
  readonly exit: string
  /** Of all answers. */
  readonly share: Share
  /** Right ones of its own; undefined where the truth is not known. */
  readonly accuracy: Share | undefined
  readonly fallbacks: number
  /** From request to answer; undefined without an answer. */
  readonly latency: Latency | undefined
}

export interface RunFigures {
  readonly rows: number
  readonly answered: number
  /** Without an answer. */
  readonly failed: number
  readonly failures: readonly { readonly code: string; readonly count: number }[]
  /** Answered by a tier whose front gave nothing in time. */
  readonly fallbacks: number
  /** Right ones of the answers whose truth is known; undefined where none is. */
  readonly accuracy: Share | undefined
  /** Where the file tells the first class from the others alone: the least and the most that can be right, 0 to 1. */
  readonly accuracyRange: { readonly low: number; readonly high: number } | undefined
  /** One for each exit of any run of the report, in one order. */
  readonly exits: readonly ExitFigures[]
  readonly latency: Latency | undefined
  readonly passedOn: readonly PassedOn[]
}

export function measureRun(run: Run): RunFigures {
  const { rows, exits } = run
  const answered = rows.filter(isAnswered)
  return {
    rows: rows.length,
    answered: answered.length,
    failed: rows.length - answered.length,
    failures: failuresOf(rows),
    fallbacks: answered.filter(({ isFallback }) => isFallback).length,
    accuracy: accuracyOf(answered),
    accuracyRange: rangeOf(run),
    exits: exits.map((exit, place) => {
      const own = answered.filter((row) => row.exit === place)
      return {
        exit,
        share: shareOf(own.length, answered.length),
        accuracy: accuracyOf(own),
        fallbacks: own.filter(({ isFallback }) => isFallback).length,
        latency: latencyOf(sortedTimes(own.map(({ latencyMs }) => latencyMs))),
      }
    }),
    latency: latencyOf(sortedTimes(answered.map(({ latencyMs }) => latencyMs))),
    passedOn: passedOn(run),
  }
}

export function isAnswered({ exit }: RunRow): boolean {
  return exit !== -1
}

function accuracyOf(rows: readonly RunRow[]): Share | undefined {
  const known = rows.filter(({ isRight }) => isRight !== undefined)
  if (known.length === 0) return undefined
  return shareOf(known.filter(({ isRight }) => isRight === true).length, known.length)
}

/** An answer is certainly right or wrong where it or the label is the first class; else it may be either. */
function rangeOf({ rows, truth }: Run): RunFigures['accuracyRange'] {
  const { isFirst } = truth
  if (truth.kind !== 'one-hot' || isFirst === undefined) return undefined
  let [right, open, all] = [0, 0, 0]
  for (const { place, prediction } of rows) {
    if (prediction === undefined) continue
    all++
    if (isFirst[place] === true && prediction === 0) right++
    if (isFirst[place] !== true && prediction !== 0) open++
  }
  return all === 0 ? undefined : { low: right / all, high: (right + open) / all }
}

function failuresOf(rows: readonly RunRow[]): RunFigures['failures'] {
  const counts = new Map<string, number>()
  for (const row of rows) {
    if (isAnswered(row)) continue
    const code = /^'?(DDNN_[A-Z_]+)/.exec(row.error)?.[1] ?? (row.error === '' ? 'none' : 'other')
    counts.set(code, (counts.get(code) ?? 0) + 1)
  }
  return [...counts]
    .map(([code, count]) => ({ code, count }))
    .toSorted((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1))
}
