// What became of a device's images: its CSV held against the local run's. Pure, but for nothing.
import { originalOf } from './images.mjs'

const predictions = ['Edge_Prediction', 'Fog_Prediction', 'Cloud_Prediction']

/** A sum in another order may differ in the last bits, never by a thousandth. */
const confidenceTolerance = 1e-3

/**
 * Counts rows by fate. `lost`: images without a row, or with one without an answer. `wrong`: an answer that is
 * not the local run's, of that image and that tier. `double`: rows more than one an image. `errors` are the rows
 * among the lost that say why.
 * @param {readonly Record<string, string>[]} rows
 * @param {number} images how many the device was given
 * @param {ReadonlyMap<string, Record<string, string>>} expected by LABEL/FILE, from images.mjs
 */
export function judge(rows, images, expected) {
  const names = new Set(rows.map((row) => row.File))
  const answered = rows.filter(isAnswered)
  const errors = new Map()
  for (const row of rows) {
    if (isAnswered(row)) continue
    const code = row.Error.split(':', 1)[0]
    errors.set(code, (errors.get(code) ?? 0) + 1)
  }
  const withAnswer = new Set(answered.map((row) => row.File))
  const times = answered.map((row) => Number(row.Prediction_Time) * 1000).sort((a, b) => a - b)
  const wrong = answered.filter((row) => !isRight(row, expected.get(originalOf(row.File))))
  return {
    images,
    rows: rows.length,
    lost: images - withAnswer.size,
    wrong: wrong.length,
    double: rows.length - names.size,
    errors: Object.fromEntries(errors),
    fallbacks: answered.filter((row) => row.Fallback === 'true').length,
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
    worstMs: percentile(times, 1),
    wrongFiles: wrong.slice(0, 5).map((row) => row.File),
  }
}

/** Milliseconds of the answers of some rows, sorted. */
export function timesOf(rows) {
  return rows
    .filter(isAnswered)
    .map((row) => Number(row.Prediction_Time) * 1000)
    .sort((a, b) => a - b)
}

/** Of sorted values; undefined without any. Rounded to a tenth. */
export function percentile(sorted, share) {
  if (sorted.length === 0) return undefined
  const value = sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]
  return Math.round(value * 10) / 10
}

export function isAnswered(row) {
  return predictions.some((column) => /^\d+$/.test(row[column] ?? ''))
}

/** Each tier that took part said what it says locally, and the answer is the deepest one's. */
function isRight(row, local) {
  if (local === undefined) return false
  const shown = predictions.filter((column) => row[column] !== '')
  if (!shown.every((column) => row[column] === local[column])) return false
  const isDeepest = shown.length === predictions.filter((column) => local[column] !== '').length
  if (!isDeepest) return row.Fallback === 'true'
  return Math.abs(Number(row.Confidence) - Number(local.Confidence)) < confidenceTolerance
}
