// A chart by uPlot in an element: made anew where colours or lines change, given its data at every tick.
import { useEffect, useRef, useState } from 'preact/hooks'
import './valid-language.ts'
import uPlot from 'uplot'
import type { Theme } from '../theme.ts'
import { chartOptions, type ChartSeries } from './options.ts'
import type { Columns } from './series.ts'

interface PlotOptions {
  /** Its identity changes only where lines do. */
  readonly series: readonly ChartSeries[]
  readonly columns: Columns
  readonly isStacked: boolean
  readonly text: (value: number) => string
  readonly theme: Theme
}

const height = 190

/** The element is to be the reference's; it is as wide as its place. */
export function usePlot({ series, columns, isStacked, text, theme }: PlotOptions) {
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
  return box
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
