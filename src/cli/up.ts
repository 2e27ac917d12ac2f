// `ddnn up`: a broker, all tiers and the door of a deployment file as processes of this machine, until Ctrl-C.
import { existsSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { hasColours } from '../domain/has-colours.ts'
import { jsonLine } from '../domain/json-text.ts'
import { deploymentText, shippedTiers } from '../serving/deployment/deployment-text.ts'
import type { Deployment } from '../serving/deployment/deployment.ts'
import { processesOf } from '../serving/deployment/processes-of.ts'
import {
  deploymentFile,
  parseDeployment,
  readDeployment,
} from '../serving/deployment/read-deployment.ts'
import { needsOwnBroker, withBrokers } from '../serving/deployment/with-brokers.ts'
import { packageRoot } from '../package-root.ts'
import { createOutput } from '../serving/supervisor/output.ts'
import { runTogether, untilAborted } from '../serving/supervisor/run-together.ts'
import type { CommandResult } from './command-result.ts'
import { createSay, isJson } from './json-output.ts'
import type { UpEvent } from './json/up.ts'
import { assertNoProblems, type CommandLine } from './parse.ts'
import { checkProcesses, labelOf, planProcesses } from './plan-processes.ts'
import { readBrokers } from './read-brokers.ts'
import { readyBlock, readyEvent } from './up-ready.ts'

/** Where `ddnn` itself is. */
export const mainFile = join(packageRoot, 'dist', 'main.js')

/** @throws DDNN_CONFIG_INVALID before anything is started where the file or a flag in it is wrong. */
export async function up(line: CommandLine<'up'>, signal: AbortSignal): Promise<CommandResult> {
  const startedAt = performance.now()
  const { values } = line
  const say = createSay(values)
  const problems = [...line.problems]
  const brokers = readBrokers(values, problems)
  assertNoProblems(problems, line.command)
  const given = readGiven(values.string('file'))
  const deployment = brokers === undefined ? given : withBrokers(given, brokers)
  const handedOn = (['log-level', 'log-format'] as const).flatMap((name) => [
    `--${name}`,
    values.string(name),
  ])
  await checkProcesses(deployment, handedOn)
  const labels = processesOf(deployment).map((one) => labelOf(deployment, one))
  const failures = await runTogether(
    {
      main: mainFile,
      needsBroker: needsOwnBroker(deployment),
      plan: (ownBroker) => planProcesses(deployment, { ownBroker, handedOn }),
      env: childColours(),
      show: createOutput([...labels, 'kafka'], isJson(values) ? onStderr : process),
      async use({ ownBroker, signal: over }) {
        const seconds = (performance.now() - startedAt) / 1000
        say(readyBlock(deployment, { ownBroker, seconds, call: callOf() }))
        if (isJson(values)) tell(readyEvent(deployment, ownBroker, seconds))
        await untilAborted(over)
        if (signal.aborted) {
          say('\nEnding: the door first, then tiers from the first on, Kafka last\n')
        }
        return 0
      },
    },
    signal,
  )
  if (isJson(values)) tell({ kind: 'ended', failures })
  return { failures, isService: true }
}

/** A line of --json. */
function tell(event: UpEvent): void {
  process.stdout.write(jsonLine(event))
}

function readGiven(file: string | undefined): Deployment {
  if (file !== undefined || existsSync(deploymentFile)) return readDeployment(file)
  process.stderr.write(
    `No ${deploymentFile} in this folder: the shipped models, as 'ddnn init' writes them down\n`,
  )
  return parseDeployment(deploymentText({ tiers: shippedTiers }), deploymentFile)
}

/** With --json stdout holds events alone, so that what processes write goes to stderr. */
export const onStderr = { stdout: process.stderr, stderr: process.stderr }

/** Children write to pipes: that their lines are shown on a terminal they must be told. */
export function childColours(): Readonly<Record<string, string>> {
  return hasColours(process.stderr) ? { FORCE_COLOR: '1' } : {}
}

/** How to call ddnn as it was called now. */
function callOf(): string {
  const file = process.argv[1] ?? mainFile
  if (basename(file) !== 'main.js') {
    return process.env['npm_command'] === 'exec' ? 'npx ddnn' : 'ddnn'
  }
  const near = relative(process.cwd(), file)
  return `node ${near.startsWith('..') ? file : near}`
}
