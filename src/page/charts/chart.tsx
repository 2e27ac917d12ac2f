// One chart by uPlot, with a legend that says the latest values, which are its text alternative as well.
import { useEffect, useRef, useState } from 'preact/hooks'
import './valid-language.ts'
import uPlot from 'uplot'
import type { Theme } from '../theme.ts'
import { chartOptions, type ChartSeries } from './options.ts'
import type { Columns } from './series.ts'

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

const height = 190

export function Chart({ title, series, columns, latest, isStacked, text, theme }: ChartProps) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const isDark = useSystemDark()
  // Stacked ones from the top down: each covers all but what is its own.
  const order = isStacked ? series.map((_, i) => series.length - 1 - i) : series.map((_, i) => i)
  const data = [columns.ago, ...order.map((i) => columns.values[i] ?? [])] as uPlot.AlignedData
  useEffect(() => {
    const place = box.current
    if (place === null) return undefined
    const drawn = order.flatMap((i) => series[i] ?? [])
    const size = { width: place.clientWidth, height }
    const made = new uPlot(chartOptions({ size, series: drawn, isStacked, text }), data, place)
    plot.current = made
    const observer = new ResizeObserver(() => {
      made.setSize({ width: place.clientWidth, height })
    })
    observer.observe(place)
    return () => {
      observer.disconnect()
      made.destroy()
      plot.current = undefined
    }
  }, [series, isStacked, theme, isDark])
  useEffect(() => plot.current?.setData(data))
  const said = series.map(({ name }, i) => {
    const value = latest[i]
    return [name, value === undefined ? '–' : text(value)] as const
  })
  return (
    <figure class="panel chart">
      <figcaption>
        <h2>{title}</h2>
        <ul class="legend">
          {series.map((one, i) => (
            <li key={one.name}>
              <svg class="key" width="18" height="10" aria-hidden="true">
                {isStacked ? (
                  <rect width="14" height="10" rx="3" style={{ fill: `var(${one.colour})` }} />
                ) : (
                  <path
                    d="M 0 5 H 18"
                    style={{ stroke: `var(${one.colour})`, strokeWidth: '2.5px' }}
                    stroke-dasharray={one.dash.join(' ')}
                  />
                )}
              </svg>
              {one.name} <b>{said[i]?.[1]}</b>
            </li>
          ))}
        </ul>
      </figcaption>
      <div
        ref={box}
        class="plot"
        role="img"
        aria-label={`${title} over the last two minutes; now ${said.map((one) => one.join(' ')).join(', ')}`}
      />
    </figure>
  )
}

/** Whether the system is dark; a canvas is painted anew where that changes. */
function useSystemDark(): boolean {
  const [isDark, setDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches)
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)')
    const look = () => setDark(query.matches)
    query.addEventListener('change', look)
    return () => query.removeEventListener('change', look)
  }, [])
  return isDark
}
