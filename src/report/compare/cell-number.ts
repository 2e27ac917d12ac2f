// Numbers as cells of a CSV hold them: Python's with all digits or an exponent, a spreadsheet's with a decimal comma,
// pandas' class indices with '.0'. Pure.

const plain = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** Undefined for an empty cell and for what is no finite number. */
export function numberOf(cell: string): number | undefined {
  if (cell === '') return undefined
  const text = !cell.includes(',') ? cell : cell.replace(/^([+-]?\d*),(\d+)/, '$1.$2')
  if (!plain.test(text)) return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}

/** Seconds of a cell as milliseconds; undefined below 0 and where they are infinite, which no clock gives. */
export function secondsOf(cell: string): number | undefined {
  const ms = (numberOf(cell) ?? Number.NaN) * 1000
  return ms >= 0 && Number.isFinite(ms) ? ms : undefined
}

/** Index of a class: '3', and '3.0' as pandas writes a column with gaps. */
export function predictionOf(cell: string): number | undefined {
  const index = /^\d+([.,]0+)?$/.test(cell) ? Number.parseInt(cell, 10) : Number.NaN
  return Number.isSafeInteger(index) ? index : undefined
}
