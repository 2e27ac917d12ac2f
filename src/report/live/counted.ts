// So many of so many: the bar, the rate of late and the time left, which all commands that count show alike.
import { describeLeft, describeMs, describePercent } from '../describe.ts'
import { doneBar } from './bars.ts'
import { createRate } from './rate.ts'
import { span, type Span } from './spans.ts'

export type Total = number | undefined | (() => number | undefined)

interface CountedOptions {
  /** Undefined where nobody knows it, or not yet: then there is no bar. */
  readonly total: Total
  /** 'images' */
  readonly unit: string
  readonly now?: (() => number) | undefined
}

interface Counted {
  update(done: number): void
  readonly done: number
  pieces(columns: number): readonly (readonly Span[])[]
  /** '12 of 60 images in 195 ms, 61.5 a second' */
  words(): string
}

const mostCells = 30

/** Of a bar on so many columns. */
export function cellsOf(columns: number): number {
  return Math.min(mostCells, columns)
}

/** The bar and its share in figures. */
export function sharePieces(share: number, columns: number): readonly (readonly Span[])[] {
  return [doneBar(share, cellsOf(columns)), [span(describePercent(share, 0).padStart(5), 'strong')]]
}

export function createCounted({
  total: given,
  unit,
  now = () => performance.now(),
}: CountedOptions): Counted {
  const startedAt = now()
  const rate = createRate(now)
  rate.add(0)
  let done = 0
  const mean = () => (done > 0 ? done / Math.max(1e-3, (now() - startedAt) / 1000) : undefined)
  const totalOf = () => (typeof given === 'function' ? given() : given)
  const leftMs = () => {
    const total = totalOf()
    const ofLate = rate.add(done)
    if (ofLate === undefined || total === undefined || done >= total) return undefined
    return ((total - done) / ofLate) * 1000
  }
  return {
    update(next) {
      done = next
      rate.add(next)
    },
    get done() {
      return done
    },
    pieces(columns) {
      const total = totalOf()
      const perSecond = rate.add(done) ?? mean()
      const left = leftMs()
      return [
        ...(total === undefined ? [] : sharePieces(total === 0 ? 1 : done / total, columns)),
        [span(`${total === undefined ? done : `${done}/${total}`} ${unit}`)],
        ...(perSecond === undefined ? [] : [[span(`${perSecond.toFixed(1)}/s`)]]),
        ...(left === undefined ? [] : [[span(`${describeLeft(left)} left`, 'soft')]]),
      ]
    },
    words() {
      const total = totalOf()
      const elapsed = describeMs(now() - startedAt)
      const left = leftMs()
      const rest = left === undefined ? '' : `, ${describeLeft(left)} left`
      const of = total === undefined ? '' : ` of ${total}`
      return `${done}${of} ${unit} in ${elapsed}, ${mean()?.toFixed(1) ?? '-'} a second${rest}`
    },
  }
}
