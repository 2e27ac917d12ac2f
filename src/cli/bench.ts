// `ddnn bench`: what serving costs, beside its floors and its peers, as tables and one page.
import { runBench } from '../lab/bench/run-bench.ts'
import type { BenchStep } from '../lab/bench/run-rounds.ts'
import type { BenchRow } from '../lab/bench/result.ts'
import { benchFileNames, benchFiles } from '../lab/bench/report/files.ts'
import { benchJson } from '../lab/bench/report/json.ts'
import { benchTable } from '../lab/bench/report/table.ts'
import { createBenchProgress } from '../report/bench-progress.ts'
import { writeWholeFiles } from '../report/whole-files.ts'
import { checkFolder } from './check-folder.ts'
import { createCommandLog } from './command-log.ts'
import type { CommandResult } from './command-result.ts'
import { createSay, stopped } from './json-output.ts'
import { assertNoProblems, type CommandLine } from './parse.ts'
import { readBenchConfig } from './read-bench.ts'

/** An interrupt ends it with nothing written. */
export async function bench(
  line: CommandLine<'bench'>,
  signal: AbortSignal,
): Promise<CommandResult> {
  const problems = [...line.problems]
  const { settings, output } = readBenchConfig(line.values, problems)
  assertNoProblems(problems, line.command)
  const log = createCommandLog(line.values)
  const isForced = line.values.boolean('force') === true
  await checkFolder(output, {
    names: benchFileNames,
    replaces: isForced ? 'anything' : 'nothing',
  })
  const progress = createBenchProgress(process.stderr)
  try {
    const context = {
      onStep: (step: BenchStep) => progress?.update(step),
      say: (text: string) => log.info(text),
      onRow: (row: BenchRow) => log.info(describe(row)),
    }
    const result = await runBench(settings, context, signal)
    progress?.close()
    createSay(line.values)(benchTable(result))
    if (output !== undefined) {
      const files = await writeWholeFiles(output, benchFiles(result))
      log.info({ files }, 'written')
    }
    const failed = result.rows.flatMap(({ failures }) => Object.values(failures))
    const failures = failed.reduce((sum, count) => sum + count, 0)
    return { failures, json: benchJson(result) }
  } catch (thrown) {
    progress?.close()
    if (!signal.aborted) throw thrown
    log.warn('interrupted: nothing was written')
    return stopped('interrupted: nothing was written')
  }
}

function describe(row: BenchRow): string {
  const { contestant, scenario, round, inFlight, rate, latency, imagesPerSecond } = row
  const load = [
    scenario,
    ...(inFlight === undefined ? [] : [`${inFlight} in flight`]),
    ...(rate === undefined
      ? []
      : [`${rate.toFixed(1)}/s ${row.isHeld === true ? 'held' : 'not held'}`]),
  ].join(' ')
  const [p50, p99] = [latency.p50, latency.p99].map((ms) => ms.toFixed(1))
  return `round ${round}, ${contestant}, ${load}: p50 ${p50} ms, p99 ${p99} ms, ${imagesPerSecond.toFixed(1)}/s`
}
