// Numbers of a bench as its tables show them: three digits that count, no unit (the header has it). Pure.

/** The middle value, of an even count the mean of the two; values that are not finite are left out, NaN for none. */
export function medianOf(values: readonly (number | undefined)[]): number {
  const sorted = values
    .filter((value): value is number => value !== undefined && Number.isFinite(value))
    .toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  if (sorted.length === 0) return Number.NaN
  if (!Number.isInteger(middle)) return sorted[Math.floor(middle)] as number
  const [low, high] = sorted.slice(middle - 1, middle + 1) as [number, number]
  const sum = low + high
  // Of two halves where the sum is too large for a double; of the least numbers there is no half.
  return Number.isFinite(sum) ? sum / 2 : low / 2 + high / 2
}

/** NaN for none: what nobody measured is not 0. */
export function sumOf(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0)
}

/** '0.123', '4.56', '78.9', '1,234'; '-' for what is not finite. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return '-'
  const size = Math.abs(value)
  if (size >= 99.95) return Math.round(value).toLocaleString('en')
  if (size >= 9.995) return value.toFixed(1)
  return size >= 0.9995 || size === 0 ? value.toFixed(2) : value.toFixed(3)
}

/** '1.28 x', '1/32' of ratios below a tenth; '-' where there is none. */
export function describeRatio(ratio: number): string {
  if (!Number.isFinite(ratio)) return '-'
  if (ratio > 0 && ratio < 0.1) return `1/${shortNumber(1 / ratio).replace(/\.\d+$/, '')}`
  return `${shortNumber(ratio)} x`
}
