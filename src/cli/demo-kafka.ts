// `ddnn demo --kafka`: what demo runs in one process, as a device and three tiers over a real Kafka of this machine.
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { deploymentText } from '../serving/deployment/deployment-text.ts'
import { deviceArgv } from '../serving/deployment/processes-of.ts'
import { parseDeployment } from '../serving/deployment/read-deployment.ts'
import { ConfigError } from '../errors.ts'
import { startChild, type OutputStream } from '../serving/supervisor/child.ts'
import { createOutput } from '../serving/supervisor/output.ts'
import { runTogether, untilAborted } from '../serving/supervisor/run-together.ts'
import type { CommandResult } from './command-result.ts'
import type { DemoPage } from './demo-page.ts'
import { numberAsTyped, type Flag, type Role } from './flag.ts'
import type { Values } from './flag-types.ts'
import { flagsOf } from './flags.ts'
import { isJson } from './json-output.ts'
import { errorSchema } from './json/error.ts'
import { assertNoProblems, parseCommandLine } from './parse.ts'
import { checkProcesses, planProcesses } from './plan-processes.ts'
import { resolveRun } from './roles.ts'
import { childColours, mainFile, onStderr } from './up.ts'

interface DemoFacts {
  /** A folder of submodels each, in the order of the network. */
  readonly tiers: readonly { readonly name: string; readonly folder: string }[]
  readonly images: string
  /** Undefined takes those of the models. */
  readonly labels: string | undefined
  /** Where the run is to be watched. */
  readonly page: DemoPage | undefined
}

/** Given by the demo itself, or of the device alone. */
const ofDevice = [
  'input',
  'input_format',
  'labels',
  'limit',
  'max-in-flight',
  'output',
  'html',
  'rate',
]
const notHandedOn = ['config', 'http-port', 'json', 'kafka', 'saved-models', 'input', 'labels']

/** The end of a device that was told to end, milliseconds. */
const endWithinMs = 20_000

export async function demoOverKafka(
  values: Values<'demo'>,
  { tiers, images, labels, page }: DemoFacts,
  signal: AbortSignal,
): Promise<CommandResult> {
  const text = deploymentText({
    tiers: tiers.map(({ name, folder }) => ({ name, models: [resolve(folder)] })),
    hasDoor: false,
  })
  const deployment = parseDeployment(text, 'demo.yaml')
  const handedOn = [...handOn(values, 'tier'), ...readable(values)]
  const named = labels === undefined ? [] : ['-l', labels]
  const shown = await page?.flags()
  try {
    const asks = [
      ...['--name', 'device', '-i', images, ...named, ...handOn(values, 'device')],
      ...(shown?.argv ?? []),
    ]
    await checkProcesses(deployment, handedOn)
    checkDevice([...asks, ...deviceArgv(deployment)])
    const names = tiers.map(({ name }) => name)
    process.stderr.write(`Starting Kafka, and ${names.join(', ')} as processes\n`)
    const said: string[] = []
    const keep = (stream: OutputStream, text: string) => {
      if (stream === 'stdout') said.push(text)
      else process.stderr.write(`${text}\n`)
    }
    const failures = await runTogether(
      {
        main: mainFile,
        needsBroker: true,
        plan: (ownBroker) => planProcesses(deployment, { ownBroker, handedOn }),
        env: childColours(),
        show: createOutput([...names, 'kafka'], isJson(values) ? onStderr : process),
        async use({ ownBroker = '', signal: over }) {
          const argv = [...asks, ...deviceArgv(deployment, { ownBroker })]
          const device = startChild(
            isJson(values)
              ? { argv: [mainFile, ...argv, '--json'], onLine: keep }
              : { argv: [mainFile, ...argv] },
          )
          if (shown !== undefined) void tellWhenThere(page, shown.port, over)
          const end = await Promise.race([device.ended, untilAborted(over)])
          if (end === undefined) await device.end(endWithinMs)
          const { code } = await device.ended
          // Its own words are on the terminal already.
          if (code === 2 && said.length > 0) throw toldError(said.join('\n'))
          if (code === 2) throw new ConfigError('DDNN_CONFIG_INVALID', 'The device could not start')
          return code === 0 ? 0 : 1
        },
      },
      signal,
    )
    return {
      failures,
      isService: page !== undefined,
      json: said.length === 0 ? undefined : `${said.join('\n')}\n`,
    }
  } finally {
    await shown?.remove()
  }
}

/** Once its port is open: a browser that comes before is told that nobody is there. */
async function tellWhenThere(
  page: DemoPage | undefined,
  port: number,
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    const isThere = await fetch(`http://127.0.0.1:${port}/v2/health/live`).catch(() => undefined)
    if (isThere?.ok === true) return page?.tell(port)
    await sleep(100)
  }
}

/** What a device told on stdout, which goes out again as this process's own. */
function toldError(json: string): ConfigError {
  const { error } = errorSchema.parse(JSON.parse(json))
  return new ConfigError(error.code, error.message, { hint: error.hint ?? undefined })
}

/** Flags of the demo that a process of this role takes too: what was given, and defaults that are the demo's own. */
function handOn(values: Values<'demo'>, role: Role & ('device' | 'tier')): readonly string[] {
  const run = new Map(flagsOf('run').map((flag) => [flag.name, flag]))
  return flagsOf('demo').flatMap((flag) => {
    const taken = run.get(flag.name)
    if (taken === undefined || notHandedOn.includes(flag.name)) return []
    if (taken.roles !== undefined && !taken.roles.includes(role)) return []
    if (role === 'tier' && ofDevice.includes(flag.name)) return []
    if (!values.anyName.isGiven(flag.name) && taken.default === flag.default) return []
    return typed(flag, values)
  })
}

/** A tier writes to a pipe, and knows of no terminal. */
function readable(values: Values<'demo'>): readonly string[] {
  const isAuto = values.string('log-format') === 'auto'
  return isAuto && process.stderr.isTTY === true ? ['--log-format', 'pretty'] : []
}

function typed(flag: Flag, values: Values<'demo'>): readonly string[] {
  const { anyName } = values
  switch (flag.kind) {
    case 'boolean': {
      const value = anyName.boolean(flag.name)
      return value === undefined ? [] : [`--${value ? '' : 'no-'}${flag.name}`]
    }
    case 'list':
      return [`--${flag.name}`, ...anyName.list(flag.name)]
    case 'string':
    case 'integer':
    case 'number': {
      const number = anyName.number(flag.name)
      const value = number === undefined ? anyName.string(flag.name) : numberAsTyped(flag, number)
      return value === undefined ? [] : [`--${flag.name}=${value}`]
    }
  }
}

function checkDevice(argv: readonly string[]): void {
  const line = parseCommandLine('run', argv, process.env)
  const problems = [...line.problems]
  resolveRun(line.values, problems)
  assertNoProblems(problems, 'demo')
}
