// Numbers as people read them, short and of one width where they change four times a second. Pure.
import { thresholdWords } from '../domain/threshold-words.ts'

/** What stands where there is no number. */
export const none = '–'

/** Between a number and its unit, where no line ends. */
const gap = '\u00a0'

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

/** A count: `1,234`, and `1.23 M` where the digits would say no more. */
export function countText(count: number): string {
  return count < 1e6 ? whole.format(count) : `${scaled(count / 1e6)}${gap}M`
}

/** A rate: one decimal where it is small. */
export function rateText(perSecond: number): string {
  return perSecond > 0 && perSecond < 9.95 ? perSecond.toFixed(1) : countText(perSecond)
}

/** Of a share from 0 to 1; never `0 %` or `100 %` of what is not quite that. */
export function percentText(share: number | undefined): string {
  if (share === undefined || Number.isNaN(share)) return none
  const percent = share * 100
  const text = percent.toFixed(1)
  if (percent > 0 && percent < 0.05) return `<${gap}0.1${gap}%`
  if (percent < 100 && text === '100.0') return `>${gap}99.9${gap}%`
  return `${text.replace(/\.0$/, '')}${gap}%`
}

/** Of milliseconds. */
export function durationText(ms: number | undefined): string {
  if (ms === undefined || Number.isNaN(ms)) return none
  if (ms > 0 && ms < 9.95) return `${ms.toFixed(1)}${gap}ms`
  if (ms < 999.5) return `${ms.toFixed(0)}${gap}ms`
  return ms < 99_950 ? `${(ms / 1000).toFixed(1)}${gap}s` : `${(ms / 60_000).toFixed(1)}${gap}min`
}

const steps = [
  [1e9, 'GB/s'],
  [1e6, 'MB/s'],
  [1e3, 'kB/s'],
] as const

/** Of bytes in a second, by thousands. */
export function bytesText(perSecond: number): string {
  const [size, unit] = steps.find(([size]) => perSecond >= size * 0.9995) ?? [1, 'B/s']
  return `${size === 1 ? whole.format(perSecond) : scaled(perSecond / size)}${gap}${unit}`
}

/** Three digits that count. */
function scaled(value: number): string {
  return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)
}

/** A confidence or a threshold; `raw` ones are of any size. */
export function valueText(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return none
  return Math.abs(value) < 99.995 ? value.toFixed(2) : whole.format(value)
}

/** A threshold: a number as any confidence, or the word that it stands for. */
export function thresholdText(value: number | undefined): string {
  if (value === thresholdWords.always) return 'always'
  return value === thresholdWords.never ? 'never' : valueText(value)
}

/** `1 image`, `2 images`. */
export function countOf(count: number, noun: string): string {
  return `${countText(count)}${gap}${noun}${count === 1 ? '' : 's'}`
}
