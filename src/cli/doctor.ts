// `ddnn doctor`: takes the command line of a run that does not work, and says why.
import { constants, setPriority } from 'node:os'
import { examine } from '../doctor/doctor.ts'
import { jsonReport } from '../doctor/json.ts'
import { countsOf, createTextReport } from '../doctor/text.ts'
import type { CommandResult } from './command-result.ts'
import type { DoctorFormat } from './flags/doctor.ts'
import { assertNoProblems, type CommandLine } from './parse.ts'
import { resolveRun } from './roles.ts'
import { readVersion } from './version.ts'

/** Resolves with the number of failed checks. @throws DDNN_CONFIG_INVALID as the run itself. */
export async function doctor(line: CommandLine, signal: AbortSignal): Promise<CommandResult> {
  const problems = [...line.problems]
  const { values } = line
  const config = resolveRun(values, problems)
  assertNoProblems(problems, line.command)
  if (config === undefined) throw new Error('no problems, yet no config')
  // Beside a tier that serves, it waits its turn.
  setPriority(constants.priority.PRIORITY_LOW)
  const isJson = (values.string('format') as DoctorFormat) === 'json'
  const report = createTextReport({ color: process.stdout.isTTY === true })
  const say = (text: string) => {
    if (!isJson) process.stdout.write(text)
  }
  const version = readVersion()
  say(`ddnn ${version} doctor: ${config.role} '${config.name}'\n`)
  const results = await examine(config, {
    timeoutMs: values.number('check-timeout-ms') ?? 10000,
    isLoaded: values.boolean('load-models') ?? true,
    signal,
    onResult: (result) => say(report.line(result)),
  })
  say(report.end(results))
  if (isJson) {
    const head = { ddnn: version, name: config.name, role: config.role }
    process.stdout.write(jsonReport(head, results))
  }
  return { failures: countsOf(results).failed }
}
