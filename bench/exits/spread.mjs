// Means over splits, and how sure they are.
import { meanOf } from '../../dist/domain/mean.js'

/** Mean and its standard error; the error of fewer than two is NaN. */
export function spreadOf(values) {
  const mean = meanOf(values)
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, error: Math.sqrt(squares / (values.length - 1) / values.length) }
}

/** Of the differences pair by pair: both lists are of the same splits in the same order. */
export function differenceOf(values, from) {
  return spreadOf(values.map((value, i) => value - from[i]))
}

/** `+0.12 ± 0.03`, or without the error where one split has none. */
export function signed({ mean, error }, digits) {
  const text = mean.toFixed(digits)
  // No sign where nothing is left of it.
  const isZero = Number(text) === 0
  const shown = isZero ? text.replace('-', '') : `${mean > 0 ? '+' : ''}${text}`
  return Number.isNaN(error) ? shown : `${shown} ± ${error.toFixed(digits)}`
}
