// One chart, with a legend that says the latest values, which are its text alternative as well.
import { none } from '../numbers.ts'
import type { Theme } from '../theme.ts'
import { Legend } from './legend.tsx'
import type { ChartSeries } from './options.ts'
import type { Columns } from './series.ts'
import { usePlot } from './use-plot.ts'

interface ChartProps {
  readonly title: string
  readonly series: readonly ChartSeries[]
  readonly columns: Columns
  /** One a series. */
  readonly latest: readonly (number | undefined)[]
  /** Columns stand on each other: areas in place of lines. */
  readonly isStacked: boolean
  readonly text: (value: number) => string
  readonly theme: Theme
}

export function Chart({ title, series, columns, latest, isStacked, text, theme }: ChartProps) {
  const box = usePlot({ series, columns, isStacked, text, theme })
  const said = series.map((_, i) => {
    const value = latest[i]
    return value === undefined ? none : text(value)
  })
  const now = series.map(({ name }, i) => `${name} ${said[i] ?? none}`).join(', ')
  return (
    <figure class="panel chart">
      <figcaption>
        <h2>{title}</h2>
        <Legend series={series} said={said} isStacked={isStacked} />
      </figcaption>
      <div
        ref={box}
        class="plot"
        role="img"
        aria-label={`${title} over the last two minutes; now ${now}`}
      />
    </figure>
  )
}
