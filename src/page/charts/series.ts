// What the charts draw of the last two minutes: one column a second. Pure.
import { spanOf, type History } from '../history.ts'
import type { WatchTick } from '../../domain/watch.ts'

/** Seconds before now, ascending to 0; one value each in every column, null where nothing is known. */
export interface Columns {
  readonly ago: readonly number[]
  readonly values: readonly (readonly (number | null)[])[]
}

/** The last tick of each second, by the process's own clock. */
function secondly(history: History): readonly WatchTick[] {
  return history.filter((tick, i) => {
    const next = history[i + 1]
    return (
      next === undefined || Math.floor(tick.uptimeMs / 1000) !== Math.floor(next.uptimeMs / 1000)
    )
  })
}

const agoOf = (ticks: readonly WatchTick[]) => {
  const now = ticks.at(-1)?.uptimeMs ?? 0
  return ticks.map(({ uptimeMs }) => (uptimeMs - now) / 1000)
}

/**
 * Images a second by exit, each on top of those before it: the first column is exit `exits[0]` alone, the last one all.
 * The last second, which is not over, is left out unless there is no other.
 */
export function stackedRates(history: History, exits: readonly number[]): Columns {
  const ticks = secondly(history)
  const pairs = ticks.slice(1).map((to, i) => ({ to, span: spanOf(ticks[i] ?? to, to) }))
  const whole = pairs.length > 1 ? pairs.filter(({ span }) => span.seconds > 0.5) : pairs
  const values = exits.map((_, place) =>
    whole.map(({ span }) => {
      const upTo = exits.slice(0, place + 1)
      const left = upTo.reduce((sum, exit) => sum + (span.left.get(exit) ?? 0), 0)
      return left / Math.max(1e-3, span.seconds)
    }),
  )
  return { ago: agoOf(whole.map(({ to }) => to)), values }
}

/** p50, p95 and p99 by time, in milliseconds. */
export function percentiles(history: History): Columns {
  const ticks = secondly(history)
  const column = (of: 'p50' | 'p95' | 'p99') => ticks.map(({ latency }) => latency?.[of] ?? null)
  return { ago: agoOf(ticks), values: [column('p50'), column('p95'), column('p99')] }
}
