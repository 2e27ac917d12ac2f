// The columns of the CSV and the cells of a row: the original's 12, then five of ours. Pure. Seconds
// live here and in wire/legacy-json.ts only; docs/csv.md explains each column.
import type { Outcome } from '../domain/outcome.ts'
import { answerOf, hopsOf, isFallback, isUsable, type Reply } from '../domain/reply.ts'

export type CsvForm = 'full' | 'original'

/** First, second and third hop of the reply, whatever their names: the original's three tiers. */
const hopColumns = ['Edge', 'Fog', 'Cloud'] as const

const originalColumns = [
  'Test',
  'Expected_result',
  'Prediction_Time',
  ...hopColumns.flatMap((tier) => [
    `${tier}_Prediction`,
    `${tier}_Computation_Time`,
    `${tier}_Prediction_Time`,
  ]),
]

const predictionColumns = hopColumns.map((tier) => originalColumns.indexOf(`${tier}_Prediction`))

const ownColumns = ['File', 'Exit', 'Confidence', 'Fallback', 'Error']

/** Header of a form: `original` is the original's 12 columns alone. */
export function columnsOf(form: CsvForm): readonly string[] {
  return form === 'original' ? originalColumns : [...originalColumns, ...ownColumns]
}

/** Whether the cells of a row, of either form, hold a prediction of any tier. */
export function isAnswered(cells: readonly string[]): boolean {
  return predictionColumns.some((column) => /^\d+$/.test(cells[column] ?? ''))
}

/** Cells of a device's row, as many as the form has columns; empty where a tier took no part. */
export function cellsOf(outcome: Outcome, form: CsvForm): readonly string[] {
  const { index, label, roundTripMs, reply, problem, file } = outcome
  return [
    String(index),
    String(label),
    secondsOf(roundTripMs),
    ...hopCells(reply),
    ...(form === 'original' ? [] : ownCells(file, reply, problem)),
  ]
}

/**
 * Cells of a tier's own row: its hop in Edge_*, the next one in Fog_*; it does not know the true
 * label, and the file is the request's correlation id.
 */
export function tierCellsOf(
  index: number,
  correlationId: string,
  reply: Reply,
  form: CsvForm,
): readonly string[] {
  const problem = hopsOf(reply).find((hop) => hop.problem !== undefined)?.problem
  const failed = answerOf(reply) === undefined ? problem : undefined
  return [
    String(index),
    '',
    secondsOf(reply.totalMs),
    ...hopCells(reply),
    ...(form === 'original' ? [] : ownCells(correlationId, reply, failed)),
  ]
}

function hopCells(reply: Reply | undefined): readonly string[] {
  const hops = reply === undefined ? [] : hopsOf(reply)
  return hopColumns.flatMap((_, i) => {
    const hop = hops[i]
    if (hop === undefined) return ['', '', '']
    const { result } = hop
    const prediction = result === undefined || !isUsable(result) ? '' : String(result.prediction)
    return [prediction, secondsOf(hop.computeMs), secondsOf(hop.totalMs)]
  })
}

function ownCells(
  file: string,
  reply: Reply | undefined,
  problem: Outcome['problem'],
): readonly string[] {
  const answer = reply && answerOf(reply)
  const confidence = answer?.result.confidence
  // One row is one line, whatever an error says.
  return [
    file,
    answer?.tier ?? '',
    Number.isFinite(confidence) ? (confidence as number).toFixed(6) : '',
    reply === undefined ? '' : String(isFallback(reply)),
    problem === undefined ? '' : `${problem.code}: ${problem.message.replace(/\s+/g, ' ')}`,
  ]
}

/** Seconds to the microsecond, never with an exponent. */
function secondsOf(ms: number | undefined): string {
  return ms === undefined ? '' : (ms / 1000).toFixed(6)
}
