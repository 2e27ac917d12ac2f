// Two charts over two minutes: images a second by exit, and latency.
import { useMemo } from 'preact/hooks'
import type { WatchedExit, WatchedTier } from '../../domain/watch.ts'
import { cutText } from '../continuum/layout.ts'
import type { History } from '../history.ts'
import { durationText, rateText } from '../numbers.ts'
import type { Theme } from '../theme.ts'
import { exitText } from '../tiers.ts'
import { Chart } from './chart.tsx'
import type { ChartSeries } from './options.ts'
import { percentiles, stackedRates, type Columns } from './series.ts'

interface ChartsProps {
  readonly history: History
  readonly tiers: readonly WatchedTier[]
  readonly exits: readonly WatchedExit[]
  readonly theme: Theme
}

const latencySeries: readonly ChartSeries[] = [
  { name: 'median', colour: '--p50', dash: [] },
  { name: '95 %', colour: '--p95', dash: [8, 4] },
  { name: '99 %', colour: '--p99', dash: [2, 4] },
]

export function Charts({ history, tiers, exits, theme }: ChartsProps) {
  // Exits that nobody tells of are counted too.
  const told = history.at(-1)?.exits.map(({ exit }) => exit) ?? []
  const places = [...new Set([...exits.map(({ index }) => index), ...told])].sort((a, b) => a - b)
  const rates = stackedRates(history, places)
  const latency = percentiles(history)
  const tierOf = (exit: number) =>
    tiers.find((tier) => tier.exits.some(({ index }) => index === exit))?.name
  const names = places.map((exit) => cutText(exitText(exit, tierOf(exit)), 32))
  const key = names.join('\n')
  const exitSeries = useMemo(
    () =>
      places.map((exit, i): ChartSeries => ({
        name: names[i] ?? '',
        colour: `--exit-${exit % 8}`,
        dash: [],
      })),
    [key],
  )
  return (
    <section class="charts" aria-label="The last two minutes">
      <Chart
        title="Images a second, by exit"
        series={exitSeries}
        columns={rates}
        latest={unstacked(rates)}
        isStacked
        text={rateText}
        theme={theme}
      />
      <Chart
        title="Latency of answers"
        series={latencySeries}
        columns={latency}
        latest={latency.values.map((column) => column.at(-1) ?? undefined)}
        isStacked={false}
        text={durationText}
        theme={theme}
      />
    </section>
  )
}

/** The last value of each column without those below it. */
function unstacked({ values }: Columns): readonly (number | undefined)[] {
  return values.map((column, i) => {
    const top = column.at(-1)
    return top === null || top === undefined ? undefined : top - (values[i - 1]?.at(-1) ?? 0)
  })
}
