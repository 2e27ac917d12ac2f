// Which exits go by those before them, and what it was worth, for stdout and for the page.
import type { Calibration } from '../../lab/evaluation/calibrate.ts'
import { describePercent } from '../describe.ts'
import type { ReportTable } from '../page/page.ts'

/** A row an exit that could remember; undefined where none was tried. */
export function memoryTable({ exits }: Calibration): ReportTable | undefined {
  const tried = exits.flatMap(({ name, trial, memory }) =>
    trial === undefined ? [] : [{ name, trial, memory }],
  )
  if (tried.length === 0) return undefined
  return {
    header: ['Memory of exits', 'NLL alone', 'with it', 'Accuracy alone', 'with it', 'Weights', ''],
    rows: tried.map(({ name, trial: { alone, remembering, because }, memory }) => [
      name,
      nllText(alone?.nll),
      nllText(remembering?.nll),
      describePercent(alone?.accuracy ?? Number.NaN, 2),
      describePercent(remembering?.accuracy ?? Number.NaN, 2),
      memory === undefined ? '' : memory.weights.map((weight) => weight.toFixed(2)).join(' '),
      `${memory === undefined ? 'off' : 'on'}: ${because}`,
    ]),
  }
}

/** What the table's figures are of. */
export const memoryNote =
  'Figures of memory are means over halves of the images that chose, each by fits of the other half. Weights are of the exits up to this one, its own last.'

function nllText(nll: number | undefined): string {
  return nll === undefined ? '' : nll.toFixed(4)
}
