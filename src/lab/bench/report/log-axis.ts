// When a chart of latencies needs a logarithmic axis.
import type { LineSeries } from '../../../report/plot/plot.ts'

/** Larger over smallest value from which on a linear axis would press the small ones onto its foot. */
const logFrom = 12

/** Whether the series' values lie so far apart. */
export function isWide(series: readonly LineSeries[]): boolean {
  const values = series.flatMap(({ points }) => points.map(([, y]) => y ?? 0)).filter((y) => y > 0)
  return Math.max(...values) / Math.min(...values) > logFrom
}
