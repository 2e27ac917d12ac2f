// `ddnn results`: histories of training runs -> figures, a page, and a table on stdout.
import { basename } from 'node:path'
import Table from 'cli-table3'
import { jsonText } from '../domain/json-text.ts'
import { rasterize } from '../input/rasterize.ts'
import { bestTable } from '../report/results/best-table.ts'
import { loadPlotModule } from '../report/results/plot-module.ts'
import { readRuns, type Run } from '../report/results/read-run.ts'
import { resultFormats, writeResults, type ResultFormat } from '../report/results/write-results.ts'
import { checkFolder } from './check-folder.ts'
import type { CommandResult } from './command-result.ts'
import { createSay, stopped } from './json-output.ts'
import { documentOf } from './json/results-document.ts'
import { assertNoProblems, type CommandLine } from './parse.ts'

/** Reads all runs before it writes anything; a signal ends it between two files. */
export async function results(
  line: CommandLine<'results'>,
  signal: AbortSignal,
): Promise<CommandResult> {
  const { values } = line
  const problems = [...line.problems]
  const inputs = values.list('history')
  const formats = readFormats(values.words('formats'), problems)
  assertNoProblems(problems, line.command)
  const output = values.string('output')
  await checkFolder(output)
  const path = values.string('plot-module')
  const module = path === undefined ? undefined : await loadPlotModule(path)
  const runs = await readRuns(inputs)
  const isForced = values.boolean('force') === true
  const written = await writeResults(runs, { output, formats, module, rasterize, signal, isForced })
  if (signal.aborted) {
    const message = `Interrupted; written: ${written.join(', ') || 'nothing'}`
    process.stderr.write(`${message}\n`)
    return stopped(message)
  }
  const say = createSay(values)
  say(`${describe(runs)}\n`)
  if (written.length > 0) {
    const names = written.map((file) => basename(file)).join(', ')
    say(`Written to ${output}: ${names}\n`)
  }
  return { failures: 0, json: jsonText(documentOf(runs, written)) }
}

/** The page's table; no colours, for the text goes to files too. */
function describe(runs: readonly Run[]): string {
  const { header, rows } = bestTable(runs)
  const table = new Table({ head: [...header], style: { head: [], border: [], compact: true } })
  for (const row of rows) table.push([...row])
  return table.toString()
}

function readFormats(words: readonly string[], problems: string[]): readonly ResultFormat[] {
  const known: readonly string[] = resultFormats
  for (const word of words.filter((one) => !known.includes(one))) {
    problems.push(`Expected --formats to be of ${resultFormats.join(', ')}, got '${word}'`)
  }
  return resultFormats.filter((format) => words.includes(format))
}
