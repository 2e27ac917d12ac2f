// `ddnn doctor`: takes the command line of a run that does not work, or a deployment file, and says why.
import { existsSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { hasColours } from '../domain/has-colours.ts'
import { deploymentFile } from '../serving/deployment/read-deployment.ts'
import { examine, type GivenOptions } from '../lab/doctor/doctor.ts'
import { jsonReport } from '../lab/doctor/json.ts'
import { countsOf, createTextReport } from '../lab/doctor/text.ts'
import type { CommandResult } from './command-result.ts'
import { examineDeployment } from './doctor-deployment.ts'
import { flagsOf } from './flags.ts'
import type { Values } from './flag-types.ts'
import { createSay } from './json-output.ts'
import { assertNoProblems, requiredProblems, type CommandLine } from './parse.ts'
import { resolveRun } from './roles.ts'
import { readVersion } from './version.ts'

/** Resolves with the number of failed checks. @throws DDNN_CONFIG_INVALID as the run itself. */
export async function doctor(
  line: CommandLine<'doctor'>,
  signal: AbortSignal,
): Promise<CommandResult> {
  const { values, command } = line
  const problems = [...line.problems]
  const file = deploymentOf(values, problems)
  const options: GivenOptions = {
    timeoutMs: values.number('check-timeout-ms'),
    isLoaded: values.boolean('load-models'),
    signal,
  }
  const say = createSay(values)
  if (file === undefined) return examineRun(line, problems, say, options)
  assertNoProblems(problems, command)
  beModest()
  return examineDeployment(file, say, options)
}

async function examineRun(
  { values, command }: CommandLine<'doctor'>,
  problems: string[],
  say: (text: string) => void,
  options: GivenOptions,
): Promise<CommandResult> {
  problems.push(...requiredProblems('run', values.anyName))
  const config = resolveRun(values, problems)
  assertNoProblems(problems, command)
  if (config === undefined) throw new Error('no problems, yet no config')
  beModest()
  const report = createTextReport({ color: hasColours(process.stdout) })
  const version = readVersion()
  say(`ddnn ${version} doctor: ${config.role} '${config.name}'\n`)
  const results = await examine(config, {
    ...options,
    onResult: (result) => say(report.line(result)),
  })
  say(report.end(results))
  const head = { ddnn: version, name: config.name, role: config.role }
  return { failures: countsOf(results).failed, json: jsonReport(head, results) }
}

/** Beside a tier that serves, it waits its turn. */
function beModest(): void {
  setPriority(constants.priority.PRIORITY_LOW)
}

/** The file that is named, or the folder's own where nothing is said of a run. */
function deploymentOf(values: Values<'doctor'>, problems: string[]): string | undefined {
  const file = values.string('deployment')
  // --json is doctor's too.
  const ofRun = flagsOf('run').filter(({ commands }) => !commands.includes('doctor'))
  const typed = ofRun.filter(({ name }) => values.anyName.isTyped(name))
  if (file === undefined) {
    const isBare = typed.length === 0 && !values.isGiven('name')
    return isBare && existsSync(deploymentFile) ? deploymentFile : undefined
  }
  if (typed.length > 0) {
    const shown = typed.map(({ name }) => `--${name}`).join(', ')
    problems.push(`Expected a deployment file or the flags of one run, got '${file}' and ${shown}`)
  }
  return file
}
