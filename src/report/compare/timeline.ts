// A run from its first row to its last, in pieces: how long answers took, and where some were missing. A CSV holds no
// clock times, so what passes is images. Pure.
import { percentile } from '../percentile.ts'
import { sortedTimes } from './latency.ts'
import { isAnswered } from './measure-run.ts'
import type { Run } from './run-row.ts'

/** Rows from `first` to `last`, both of them inside. */
export interface TimelineBin {
  readonly first: number
  readonly last: number
  /** Milliseconds; undefined where nothing was answered. */
  readonly p50: number | undefined
  readonly p95: number | undefined
  readonly fallbacks: number
  readonly failed: number
}

/** More pieces than these are narrower than a line. */
const maxBins = 120

export function timelineOf({ rows }: Run): readonly TimelineBin[] {
  const bins = Math.min(maxBins, rows.length)
  return Array.from({ length: bins }, (_, i) => {
    const [first, end] = [i, i + 1].map((at) => Math.floor((at * rows.length) / bins))
    const own = rows.slice(first, end)
    const answered = own.filter(isAnswered)
    const times = sortedTimes(answered.map(({ latencyMs }) => latencyMs))
    return {
      first: first ?? 0,
      last: (end ?? 1) - 1,
      p50: times.length === 0 ? undefined : percentile(times, 50),
      p95: times.length === 0 ? undefined : percentile(times, 95),
      fallbacks: answered.filter(({ isFallback }) => isFallback).length,
      failed: own.length - answered.length,
    }
  })
}
