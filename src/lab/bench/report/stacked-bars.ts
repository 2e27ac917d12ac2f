// Lying bars, a contestant each, of parts that add up: CPU by process, time by part, bytes by who sends.
import type { BarChart } from '../../../report/plot/plot.ts'
import { byWay } from './order.ts'

/** A chart has eight colours; what is beyond goes together. */
const mostParts = 8
const restName = 'all others'

interface StackedBars {
  readonly title: string
  readonly yLabel: string
  /** By contestant: its parts by name. */
  readonly bars: ReadonlyMap<string, ReadonlyMap<string, number>>
  /** Parts of all charts of a section, so that each keeps its colour; those of `bars` where undefined. */
  readonly names?: readonly string[]
}

/** Undefined where nobody has any part. */
export function stackedBars(options: StackedBars): BarChart | undefined {
  const { title, yLabel, bars } = options
  const own = [...new Set([...bars.values()].flatMap((parts) => [...parts.keys()]))]
  if (own.length === 0) return undefined
  const names = options.names ?? own
  const sizeOf = (name: string) =>
    [...bars.values()].reduce((sum, parts) => sum + finite(parts.get(name)), 0)
  // Of more than fit, the largest have a colour of their own.
  const shown = names
    .toSorted((a, b) => sizeOf(b) - sizeOf(a))
    .slice(0, names.length > mostParts ? mostParts - 1 : mostParts)
  const series = names
    .filter((name) => shown.includes(name))
    .toSorted(byWay)
    .map((name) => ({
      name,
      values: [...bars.values()].map((parts) => finite(parts.get(name))),
    }))
  const rest = [...bars.values()].map((parts) =>
    [...parts].reduce((sum, [name, size]) => sum + (shown.includes(name) ? 0 : finite(size)), 0),
  )
  return {
    kind: 'bars',
    title,
    xLabel: '',
    yLabel,
    categories: [...bars.keys()],
    series: names.length > mostParts ? [...series, { name: restName, values: rest }] : series,
    isStacked: true,
    isLying: true,
  }
}

function finite(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) ? value : 0
}
