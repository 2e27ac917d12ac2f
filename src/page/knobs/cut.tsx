// How sure this exit was of the calibration's images that reach it, right ones below wrong ones, and where the threshold cuts. The list
// beside it says in numbers what follows.
import type { Histogram } from './histogram.ts'

interface CutProps {
  readonly histogram: Histogram
  readonly value: number | undefined
  readonly own: number | undefined
}

const width = 320
const height = 56

export function Cut({ histogram: { low, high, right, wrong, most }, value, own }: CutProps) {
  const bar = width / right.length
  const tall = (count: number) => (count / most) * (height - 4)
  const at = (threshold: number) =>
    ((Math.min(high, Math.max(low, threshold)) - low) / (high - low)) * width
  const isIn = (bin: number) =>
    value !== undefined && value <= high && (bin + 0.5) * bar >= at(value)
  return (
    <svg
      class="cut"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {right.map((count, bin) => {
        const over = wrong[bin] ?? 0
        const [below, above] = [tall(count), tall(over)]
        return (
          <g key={bin} class={isIn(bin) ? 'leaves' : 'stays'}>
            <rect
              class="is-right"
              x={bin * bar}
              y={height - below}
              width={bar - 1}
              height={below}
            />
            <rect
              class="is-wrong"
              x={bin * bar}
              y={height - below - above}
              width={bar - 1}
              height={above}
            />
          </g>
        )
      })}
      {own !== undefined && <path class="own" d={`M ${at(own)} 0 V ${height}`} />}
      {value !== undefined && <path class="now" d={`M ${at(value)} 0 V ${height}`} />}
    </svg>
  )
}
