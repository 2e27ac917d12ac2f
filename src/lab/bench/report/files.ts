// The files of a bench's folder.
import type { BenchResult } from '../result.ts'
import type { WholeFile } from '../../../report/whole-files.ts'
import { benchCsv } from './csv.ts'
import { benchJson } from './json.ts'
import { benchPage } from './page.ts'
import { benchSummary } from './summary.ts'

export const benchFileNames = ['bench.json', 'bench.csv', 'bench.html', 'README.md'] as const

/** bench.json, which later commands read, bench.csv, bench.html and README.md, for `writeWholeFiles`. */
export function benchFiles(result: BenchResult): readonly WholeFile[] {
  const texts = [benchJson(result), benchCsv(result), benchPage(result), benchSummary([result])]
  return benchFileNames.map((name, i) => ({ name, text: texts[i] ?? '' }))
}
