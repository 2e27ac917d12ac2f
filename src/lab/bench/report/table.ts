// A bench in the terminal: the table of results, what failed, and the ratios.
import type { BenchResult } from '../result.ts'
import { textTable } from '../../../report/text-table.ts'
import { ratioTable } from './ratio-table.ts'
import { failureLines, resultTable } from './result-table.ts'

/** Several lines, a line break at the end. */
export function benchTable(result: BenchResult): string {
  const { rounds } = result.setup
  const ratios = ratioTable(result)
  return [
    `Medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}; CPU of all processes and bytes are means an image`,
    textTable(resultTable(result)),
    ...failureLines(result),
    ...(ratios.rows.length === 0
      ? []
      : ["Medians over rounds of each round's own ratio", textTable(ratios)]),
    '',
  ].join('\n')
}
