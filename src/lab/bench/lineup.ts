// Who takes part in a run: ddnn, its floors, its peers, and over shaped links cloud-only serving.
import { basename, join } from 'node:path'
import type { BareStage } from './bare/stage.ts'
import type { SubmodelSpec } from '../../domain/submodel.ts'
import { ConfigError } from '../../errors.ts'
import { exportModels } from '../../model/onnx/export-models.ts'
import { readVersion } from '../../cli/version.ts'
import { importFunction } from '../../user-module.ts'
import type { Contestant } from './contestant.ts'
import { continuumContestants } from './continuum/contestants.ts'
import type { ContinuumLinks } from './continuum/links.ts'
import { createBareChain } from './contestants/bare-chain.ts'
import { createBareEngine } from './contestants/bare-engine.ts'
import { bareStagesOf } from './contestants/bare-stages.ts'
import { createDdnnKafka, type BenchTier, type DdnnKafkaOptions } from './contestants/ddnn-kafka.ts'
import { createDdnnProcess } from './contestants/ddnn-process.ts'
import { engineFlags } from './engine-flags.ts'
import type { Exits } from './exits.ts'
import type { BenchSettings } from './settings.ts'

interface LineupOptions {
  readonly settings: BenchSettings
  /** Submodels of each folder of `settings.models`. */
  readonly byFolder: readonly (readonly SubmodelSpec[])[]
  readonly labels: readonly string[]
  /** Exported models are written below it. */
  readonly scratch: string
  readonly links: ContinuumLinks | undefined
}

/** What a module of --peers exports. */
type CreatePeer = (options: {
  readonly models: readonly string[]
  readonly labels: readonly string[]
  /** Folder of each submodel's model.onnx and ddnn.json, in order. */
  readonly exported: readonly string[]
  readonly exits: 'thresholds' | 'last'
}) => Contestant

/** @throws DDNN_CONFIG_INVALID, DDNN_MODEL_* where a floor cannot be made of these models; DDNN_MODULE_INVALID. */
export async function lineup(options: LineupOptions): Promise<readonly Contestant[]> {
  const { settings, links } = options
  if (links !== undefined) return overLinks(settings, links)
  const exported = await exportFor(options)
  const peers = await Promise.all(settings.peers.map((path) => loadPeer(path, options, exported)))
  const door = settings.door ? [overHttp(settings)] : []
  return [ddnn(settings), ...door, ...(settings.floors ? floors(options, exported) : []), ...peers]
}

function overLinks(settings: BenchSettings, links: ContinuumLinks): readonly Contestant[] {
  const { cloudOnly, send, sendQuality, partitions, timeoutMs } = settings
  const form = send && { send, ...(sendQuality === undefined ? {} : { quality: sendQuality }) }
  return continuumContestants({
    links,
    tiers: tiersOf(settings.models),
    ...(form === undefined ? {} : { early: [form] }),
    ...(cloudOnly === undefined ? {} : { cloud: cloudOnly }),
    flags: engineFlags(settings),
    partitions,
    maxInFlight: mostInFlight(settings),
    timeoutMs,
  })
}

function ddnn(settings: BenchSettings): Contestant {
  const { models, engine, exits, timeoutMs } = settings
  if (settings.over === 'process') {
    const maxInFlight = mostInFlight(settings)
    return createDdnnProcess({ models, engine, exits, maxInFlight, timeoutMs })
  }
  return createDdnnKafka({ ...chainOf(settings), name: 'ddnn', kind: 'ddnn' })
}

/** The same chain asked over HTTP: what the door costs. */
function overHttp(settings: BenchSettings): Contestant {
  const chain = chainOf(settings)
  return createDdnnKafka({
    ...chain,
    name: 'ddnn over HTTP',
    kind: 'peer',
    description: `an HTTP client and a gateway in place of the device; ${chain.description}`,
    send: 'uint8',
    isOverHttp: true,
  })
}

function chainOf(settings: BenchSettings): Omit<DdnnKafkaOptions, 'name' | 'kind'> {
  const { models, engine, exits, timeoutMs } = settings
  const tiers = tiersOf(models)
  const send = settings.send ?? 'uint8'
  return {
    description: `device, ${tiers.map(({ name }) => name).join(', ')}, a process each; sends ${send}, features by ${settings.featureCodec ?? "the manifests' codecs"}; engine ${engine.choice}`,
    tiers,
    exits,
    flags: engineFlags(settings),
    send,
    sendQuality: settings.sendQuality,
    partitions: settings.partitions,
    maxInFlight: mostInFlight(settings),
    timeoutMs,
  }
}

/** A tier is called as its folder; two of one name would have one group. */
function tiersOf(models: readonly string[]): readonly BenchTier[] {
  return models.map((folder, i) => {
    const name = basename(folder)
    const isTwice = models.filter((one) => basename(one) === name).length > 1
    return { name: isTwice ? `${name}-${i + 1}` : name, models: [folder] }
  })
}

/** By whose name each submodel answers: over Kafka its tier's, in one process its own. */
export function answererNames(
  { models, over }: Pick<BenchSettings, 'models' | 'over'>,
  byFolder: readonly (readonly SubmodelSpec[])[],
): readonly string[] {
  const tiers = tiersOf(models)
  return byFolder.flatMap((specs, i) =>
    specs.map(({ name }) => (over === 'kafka' ? (tiers[i]?.name ?? name) : name)),
  )
}

/** The offline scenario asks as many at once as it may: enough for several full batches of every tier. */
function mostInFlight({ inFlight, engine }: BenchSettings): number {
  return Math.max(...inFlight, 8 * engine.maxBatchSize)
}

function floors(options: LineupOptions, exported: readonly string[]): readonly Contestant[] {
  const { settings, byFolder } = options
  const { over, featureCodec, engine } = settings
  const files = exported.map((folder) => join(folder, 'model.onnx'))
  const names = answererNames(settings, byFolder)
  const own = bareStagesOf(byFolder.flat(), { files, codec: featureCodec })
  const stages = own.map((stage, i) => ({ ...stage, name: names[i] ?? stage.name }))
  const run = { stages, leaveAt: leaveAt(settings.exits, stages) }
  const bareEngine = createBareEngine({ ...run, maxBatchSize: engine.maxBatchSize })
  if (over === 'process') return [bareEngine]
  if (byFolder.every((folder) => folder.length === 1)) {
    return [bareEngine, createBareChain(run)]
  }
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    'Expected one submodel in each folder of --models for the bare chain, got a list of stages',
    { hint: 'Pass each stage as a tier of its own, or --no-floors' },
  )
}

/** The stage that all images are made to leave at; undefined where they leave as they come. */
function leaveAt(exits: Exits, stages: readonly BareStage[]): string | undefined {
  if (exits === 'any') return undefined
  return exits === 'last' ? stages.at(-1)?.name : exits
}

async function exportFor({ settings, scratch }: LineupOptions): Promise<readonly string[]> {
  if (!settings.floors && settings.peers.length === 0) return []
  const exported = await exportModels(settings.models, {
    output: `${scratch}/onnx`,
    layout: 'nhwc',
    isForced: true,
    producer: { name: 'ddnn', version: readVersion() },
  })
  return exported.flatMap((each) => ('file' in each ? [each.folder] : []))
}

async function loadPeer(
  path: string,
  { settings, labels }: LineupOptions,
  exported: readonly string[],
): Promise<Contestant> {
  const { call } = await importFunction(path, 'createPeer')
  const createPeer = call as unknown as CreatePeer
  const { models, exits } = settings
  if (exits !== 'any' && exits !== 'last') {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected --exits any or last with --peers, got '${exits}'`,
      { hint: 'Leave the peers out for images that all leave in the middle' },
    )
  }
  return createPeer({ models, labels, exported, exits: exits === 'any' ? 'thresholds' : 'last' })
}
