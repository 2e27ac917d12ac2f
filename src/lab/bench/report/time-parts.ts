// Where each millisecond of an image goes, of one contestant at one load: medians over rounds.
import type { BenchRow } from '../result.ts'
import { over, overEach } from './measures.ts'

export interface TimeParts {
  /** Milliseconds by process or hop ('edge', 'edge-fog'), then by part. */
  readonly byPlace: ReadonlyMap<string, ReadonlyMap<string, number>>
  /**
   * Milliseconds by part over all processes, hops apart ('hop edge-fog'); `other` is what a contestant calls so,
   * or all of its mean latency that no part has, whichever is more.
   */
  readonly whole: ReadonlyMap<string, number>
}

/** Undefined where the contestant does not say. */
export function timeParts(rows: readonly BenchRow[]): TimeParts | undefined {
  if (rows.every(({ parts }) => parts.length === 0)) return undefined
  const byPlace = new Map<string, Map<string, number>>()
  const whole = new Map<string, number>()
  const medians = overEach(rows, ({ parts }) =>
    Object.fromEntries(parts.map(({ where, part, ms }) => [`${part} ${where}`, ms])),
  )
  let told = 0
  let other = 0
  for (const [key, ms] of medians) {
    const [part = '', ...rest] = key.split(' ')
    const where = rest.join(' ')
    byPlace.set(where, (byPlace.get(where) ?? new Map<string, number>()).set(part, ms))
    if (part === 'other') {
      other += ms
      continue
    }
    told += ms
    const name = part === 'hop' ? key : part
    whole.set(name, (whole.get(name) ?? 0) + ms)
  }
  const mean = over(rows, ({ latency }) => latency.mean)
  const left = Number.isFinite(mean) ? mean - told : 0
  return { byPlace, whole: whole.set('other', Math.max(0, other, left)) }
}
