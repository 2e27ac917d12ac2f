// The files of a bench's folder.
import type { BenchResult } from '../result.ts'
import type { WholeFile } from '../../../report/whole-files.ts'
import { benchCsv } from './csv.ts'
import { benchJson } from './json.ts'
import { benchPage } from './page.ts'
import { benchSummary } from './summary.ts'

/** bench.json, which later commands read, bench.csv, bench.html and README.md, for `writeWholeFiles`. */
export function benchFiles(result: BenchResult): readonly WholeFile[] {
  return [
    { name: 'bench.json', text: benchJson(result) },
    { name: 'bench.csv', text: benchCsv(result) },
    { name: 'bench.html', text: benchPage(result) },
    { name: 'README.md', text: benchSummary([result]) },
  ]
}
