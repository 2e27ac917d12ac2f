// The legend of a chart: what each line or area is, and its latest value.
import type { ChartSeries } from './options.ts'

interface LegendProps {
  readonly series: readonly ChartSeries[]
  /** One a series, in words. */
  readonly said: readonly string[]
  readonly isStacked: boolean
}

export function Legend({ series, said, isStacked }: LegendProps) {
  return (
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
          {one.name} <b>{said[i]}</b>
        </li>
      ))}
    </ul>
  )
}
