// The text of a run's CSV -> rows. Takes what ddnn and the Python original write, and what spreadsheets make of it:
// other separators, quotes, columns in another order, decimal commas, a last row that was cut off. Pure.
import { ConfigError } from '../../errors.ts'
import { columnsOf } from '../csv-columns.ts'
import { readRecords } from '../csv-records.ts'
import { predictionOf, numberOf, secondsOf } from './cell-number.ts'
import type { CsvRow, HopCells, RunCsv, Writer } from './run-row.ts'

const hopNames = ['Edge', 'Fog', 'Cloud'] as const
const separators = [';', ',', '\t', '|'] as const

/** Cells of a line by column name; '' for a column that the file lacks. */
type CellOf = (name: string) => string

/**
 * Rows in the order of the file. Rows with another number of cells than the first line are left out and noted.
 * @param text without a byte order mark, lines ended by '\n'
 * @throws DDNN_CONFIG_INVALID, naming what the file is, where it is no CSV of a run
 */
export function parseRunCsv(text: string, path: string): RunCsv {
  const isCut = !text.endsWith('\n')
  const whole = isCut ? `${text}\n` : text
  // A spreadsheet's own first line, which names the separator.
  const mark = /^sep=.\n/i.exec(whole)?.[0] ?? ''
  const { columns, separator, header } = readHeader(whole.slice(mark.length), path)
  const before = mark + header
  const places = new Map(columns.map((name, i) => [name, i]))
  const rows: CsvRow[] = []
  const odd: number[] = []
  let sixDecimals = true
  // A line of the file, from 1.
  let next = 1 + linesOf(before)
  let last = 0
  const records = readRecords(whole.slice(before.length), { separator, columns: columns.length })
  for (const { line, cells } of records) {
    last = next
    next += linesOf(line)
    if (line.trim() === '') continue
    if (cells.length !== columns.length) {
      odd.push(last)
      continue
    }
    const cellOf: CellOf = (name) => (cells[places.get(name) ?? -1] ?? '').trim()
    const time = cellOf('Prediction_Time')
    sixDecimals &&= time === '' || /^\d+\.\d{6}$/.test(time)
    rows.push(rowOf(cellOf))
  }
  if (rows.length === 0) throw empty(path, odd.length)
  const writer = writerOf(places, rows, sixDecimals)
  return { path, writer, rows, notes: notesOf(odd, isCut ? last : -1) }
}

function linesOf(text: string): number {
  let lines = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines++
  return lines
}

/** Names of the columns, what is between them, and the first record as it stands in the file. */
function readHeader(text: string, path: string) {
  const known = columnsOf('full')
  const canonical = new Map(known.map((name) => [name.toLowerCase(), name]))
  for (const separator of separators) {
    const first = readRecords(text, { separator }).next().value
    if (first === undefined) continue
    const columns = first.cells.map((cell) => {
      const name = cell.trim()
      return canonical.get(name.toLowerCase()) ?? name
    })
    // evaluation.csv has a column edge_Prediction where an exit is called so.
    if (columns.includes('Label') && columns.includes('Right')) break
    if (!columns.some((name) => /^(Edge|Fog|Cloud)_Prediction$/.test(name))) continue
    const twice = columns.find((name, i) => known.includes(name) && columns.indexOf(name) !== i)
    if (twice === undefined) return { columns, separator, header: first.line }
    throw invalid(`Expected each column of '${path}' once, got '${twice}' twice`, firstLine)
  }
  throw notARun(text.slice(0, text.indexOf('\n')), path)
}

const firstLine = `The first line of a run's CSV is ${columnsOf('original').slice(0, 4).join(';')}... (docs/csv.md)`

function rowOf(cellOf: CellOf): CsvRow {
  const seconds = (name: string) => secondsOf(cellOf(name))
  const hops = hopNames.map((tier): HopCells => ({
    prediction: predictionOf(cellOf(`${tier}_Prediction`)),
    computeMs: seconds(`${tier}_Computation_Time`),
    totalMs: seconds(`${tier}_Prediction_Time`),
  }))
  return {
    test: cellOf('Test'),
    expectedText: cellOf('Expected_result'),
    latencyMs: seconds('Prediction_Time'),
    hops,
    file: cellOf('File'),
    exit: cellOf('Exit'),
    confidence: numberOf(cellOf('Confidence')),
    isFallback: cellOf('Fallback').toLowerCase() === 'true',
    error: cellOf('Error'),
  }
}

/** ddnn writes seconds with six decimals, Python with all that a number has. */
function writerOf(
  places: ReadonlyMap<string, number>,
  rows: readonly CsvRow[],
  sixDecimals: boolean,
): Writer {
  if (places.has('Exit') || places.has('File')) {
    const isTier = rows.every(({ expectedText }) => expectedText === '')
    return isTier && places.has('Expected_result') ? 'tier' : 'ddnn'
  }
  return sixDecimals && places.has('Prediction_Time') ? 'ddnn-original' : 'python'
}

/** Lines of rows that are left out; `last` is that of a last row that has no end, -1 where it has one. */
function notesOf(odd: readonly number[], last: number): readonly string[] {
  const notes: string[] = []
  const others = odd.filter((at) => at !== last)
  if (others.length < odd.length) notes.push('The last row was cut off and is left out.')
  const [first] = others
  if (first !== undefined) {
    const what = others.length === 1 ? '1 row was' : `${others.length} rows were`
    notes.push(
      `${what} left out, the first in line ${first}: other cells than the first line names.`,
    )
  }
  return notes
}

function empty(path: string, odd: number): ConfigError {
  const got = odd === 0 ? 'its first line alone' : `${odd} rows of other cells than its first line`
  return invalid(
    `Expected rows in '${path}', got ${got}`,
    'Pass the CSV of a run that answered something',
  )
}

function notARun(header: string, path: string): ConfigError {
  const shown = header.length > 80 ? `${header.slice(0, 77)}...` : header
  const isEvaluation = /^"?File"?[;,]"?Label\b/.test(header)
  return invalid(
    `Expected '${path}' to be the CSV of a run, got ${header.trim() === '' ? 'an empty first line' : `'${shown}'`}`,
    isEvaluation
      ? "evaluation.csv is of 'ddnn evaluate', whose page is evaluation.html; pass what a run wrote with -o"
      : firstLine,
  )
}

function invalid(message: string, hint: string): ConfigError {
  return new ConfigError('DDNN_CONFIG_INVALID', message, { hint })
}
