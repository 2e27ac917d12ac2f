// A whole bench: inputs, brokers, who takes part, the rounds, and their result. All that it starts and
// writes is ended and removed again, however it ends.
import { mkdtemp, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { basename, isAbsolute, join, relative, resolve } from 'node:path'
import { readModels } from '../../compose/models.ts'
import { describeEngine } from '../../serving/engine/create-engine.ts'
import { ConfigError, toDdnnError } from '../../errors.ts'
import { packageRoot } from '../../package-root.ts'
import { describeMachine } from '../../telemetry/machine.ts'
import { givenBrokers, startOwnBroker, type BenchBrokers } from './brokers.ts'
import type { Contestant, Setting } from './contestant.ts'
import { startContinuumLinks, type ContinuumLinks } from './continuum/links.ts'
import { describeExits, type Exits } from './exits.ts'
import { prepareInputs } from './inputs/prepare.ts'
import { answererNames, lineup } from './lineup.ts'
import type { Load } from './load/load.ts'
import { readCommit, readVersions } from './provenance.ts'
import type { BenchResult, BenchRow } from './result.ts'
import { runRounds, type BenchStep } from './run-rounds.ts'
import type { BenchSettings } from './settings.ts'
import { warmBroker } from './warm-broker.ts'

interface BenchContext {
  /** Told what goes on, in words. */
  readonly say: (line: string) => void
  readonly onRow: (row: BenchRow) => void
  readonly onStep?: ((step: BenchStep) => void) | undefined
}

/**
 * @throws DDNN_CONFIG_INVALID, DDNN_MODEL_*, DDNN_INPUT_*, DDNN_MODULE_INVALID before anything is measured; the
 * signal's reason when it aborts.
 */
export async function runBench(
  asked: BenchSettings,
  context: BenchContext,
  signal: AbortSignal,
): Promise<BenchResult> {
  const startedAt = new Date()
  const loadAtStart = loadavg()[0] ?? Number.NaN
  const noFloors = asked.floors ? await whyNoFloors() : undefined
  const settings = noFloors === undefined ? asked : { ...asked, floors: false }
  if (noFloors !== undefined) context.say(noFloors)
  const byFolder = await readModels(settings.models)
  checkExits(settings.exits, answererNames(settings, byFolder))
  const scratch = await mkdtemp(join(tmpdir(), 'ddnn-bench-'))
  let brokers: BenchBrokers | undefined
  let links: ContinuumLinks | undefined
  try {
    const { input, limit, seed } = settings
    const inputs = await prepareInputs({ input, limit, seed, model: byFolder[0]?.[0], scratch })
    if (settings.links !== undefined) {
      links = await startContinuumLinks(settings.links, (listeners) =>
        startOwnBroker(context.say, listeners),
      )
      brokers = links.brokers
    } else if (settings.over === 'kafka') {
      brokers =
        settings.brokers === undefined
          ? await startOwnBroker(context.say)
          : givenBrokers(settings.brokers)
    }
    const setting: Setting = {
      inputs,
      form: settings.inputs,
      scratch,
      brokers: brokers?.bootstrap,
    }
    const contestants = await lineup({ settings, byFolder, labels: inputs.labels, scratch, links })
    const warming = await warmOwn(settings, { brokers, contestants, setting }, context, signal)
    const rows = await runRounds(
      {
        contestants,
        loads: loadsOf(settings),
        server: serverOf(settings),
        rounds: settings.rounds,
        isWarmed: brokers?.pid !== undefined && settings.warmSeconds > 0,
        setting,
        brokerPid: brokers?.pid,
        onRow: context.onRow,
        onStep: context.onStep,
      },
      signal,
    )
    return {
      format: 1,
      startedAt: startedAt.toISOString(),
      seconds: (Date.now() - startedAt.getTime()) / 1000,
      command: settings.command,
      commit: await readCommit(),
      machine: describeMachine(),
      versions: await readVersions(),
      loadAtStart,
      setup: {
        over: settings.over,
        inputs: settings.inputs,
        exits: describeExits(settings.exits),
        models: settings.models.map(shownFolder),
        images: inputs.images.length,
        rounds: settings.rounds,
        warmSeconds: brokers?.pid === undefined ? 0 : settings.warmSeconds,
        seed: settings.seed,
        links: settings.links?.name,
        notes: [
          ...(brokers === undefined ? [] : [brokers.description]),
          ...warming,
          ...(noFloors === undefined ? [] : [noFloors]),
        ],
      },
      contestants: contestants.map(({ name, kind, description }) => ({ name, kind, description })),
      rows,
    }
  } finally {
    // Of links the broker is a part.
    await (links ?? brokers)?.stop()
    await rm(scratch, { recursive: true, force: true })
  }
}

/** The floors are onnxruntime-node's, which is optional: ddnn is measured without it too. */
async function whyNoFloors(): Promise<string | undefined> {
  try {
    await describeEngine('onnx')
    return undefined
  } catch (thrown) {
    return `no floors, which stand on onnxruntime-node: ${toDdnnError(thrown).message.split('\n')[0]}`
  }
}

/** Folders of this machine are nobody else's: what lies in the package is shown from there. */
function shownFolder(folder: string): string {
  const inside = relative(packageRoot, resolve(folder))
  return inside.startsWith('..') || isAbsolute(inside) ? basename(folder) : inside
}

function checkExits(exits: Exits, known: readonly string[]): void {
  if (exits === 'any' || exits === 'last' || known.includes(exits)) return
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected --exits any, last, or a tier's name, got '${exits}'; there are ${[...new Set(known)].join(', ')}`,
  )
}

/** All loads but the server's, whose rates are searched. */
function loadsOf(settings: BenchSettings): readonly Load[] {
  const { scenarios, samples, maxSeconds } = settings
  const bounds = { samples, maxSeconds }
  return scenarios.flatMap((scenario): readonly Load[] => {
    switch (scenario) {
      case 'single-stream':
      case 'offline':
        return [{ scenario, ...bounds }]
      case 'multi-stream':
        // MLPerf's number of samples a query since v2.0.
        return [{ scenario, ...bounds, samplesPerQuery: 8 }]
      case 'concurrency':
        return settings.inFlight.map((inFlight) => ({ scenario, ...bounds, inFlight }))
      case 'server':
        return []
    }
  })
}

function serverOf(settings: BenchSettings) {
  const { scenarios, latencyBoundMs: boundMs, samples, maxSeconds, seed } = settings
  return scenarios.includes('server') ? { boundMs, samples, maxSeconds, seed } : undefined
}

interface Warmed {
  readonly brokers: BenchBrokers | undefined
  readonly contestants: readonly Contestant[]
  readonly setting: Setting
}

/** Our own broker alone: what a user's brokers are asked for is the loads themselves. */
async function warmOwn(
  { warmSeconds }: BenchSettings,
  { brokers, contestants, setting }: Warmed,
  { say }: BenchContext,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (brokers?.pid === undefined || warmSeconds === 0) return []
  const by =
    contestants.find(({ name }) => name === 'bare chain') ??
    contestants.find(({ kind }) => kind === 'ddnn')
  if (by === undefined) return []
  say(`warming the broker by ${by.name} for ${warmSeconds} s`)
  const cpu = await warmBroker(by, setting, { pid: brokers.pid, seconds: warmSeconds }, signal)
  const shown = (ms: number | undefined) => (ms ?? Number.NaN).toFixed(2)
  return [
    `the broker warmed by ${by.name} for ${warmSeconds} s (its CPU an image ${shown(cpu[0])} ms at first, ${shown(cpu.at(-1))} at the end), then a whole round that is not counted`,
  ]
}
