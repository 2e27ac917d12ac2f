// Checks of the models: folders, their chain, the engine, and a forward pass. What later checks need of
// the models is taken from the loaded ones, else from their manifests.
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { CommonConfig, ExitConfig } from '../cli/config.ts'
import { labelsOf, loadInto, type LoadedModels } from '../compose/models.ts'
import { hashLabels } from '../domain/labels.ts'
import type { SubmodelSpec } from '../domain/submodel.ts'
import { describeShape } from '../domain/tensor.ts'
import { startEngine, type StartedEngine } from '../engine/create-engine.ts'
import { engineNames, type Engine, type Stage } from '../engine/engine.ts'
import { ModelError, toDdnnError } from '../errors.ts'
import { checkChain } from '../model/chain.ts'
import { readModelFolder } from '../model/folder.ts'
import { createWarningLog } from '../telemetry/log.ts'
import type { Verdict } from './check.ts'
import type { Checked, Examination } from './examination.ts'
import { readLimits } from './machine.ts'

const group = 'Models'

/** Loading takes longer than any answer of a network. */
const loadingPatience = 6

/** A runtime without models, bytes: tfjs-node takes the most, measured. */
const runtimeBytes = 400 * 2 ** 20
/** The weights as read, as kept, and as they are copied in between. */
const copiesOfWeights = 3

export type KnownStage = Pick<Stage, 'spec' | 'shapes'>

/** What later checks need to know of models. */
export interface KnownModels {
  readonly stages: readonly KnownStage[]
  readonly labels: readonly string[] | undefined
  readonly labelsHash: string | undefined
}

/** @param isLoaded false leaves it at what files tell. */
export async function checkModels(
  exam: Examination,
  config: CommonConfig,
  isLoaded: boolean,
): Promise<Checked<KnownModels>> {
  const folders: Checked<readonly SubmodelSpec[]>[] = []
  for (const [i, folder] of config.models.entries()) {
    const name = { id: `models.folder.${i + 1}`, group, title: `model ${basename(folder)}` }
    folders.push(await exam.check(name, () => checkFolder(folder)))
  }
  const byFolder = folders.map(({ value }) => value ?? [])
  const specs = byFolder.flat()
  const chain = await exam.check(
    { id: 'models.chain', group, title: 'chain' },
    () => {
      checkChain(specs)
      return { found: describeChain(specs), facts: chainFacts(specs), value: specs }
    },
    { needs: folders },
  )
  const loaded = await checkLoaded(exam, config, chain, byFolder, isLoaded)
  return { name: chain.name, value: loaded ?? fromManifests(chain.value) }
}

async function checkFolder(folder: string): Promise<Verdict<readonly SubmodelSpec[]>> {
  const specs = await readModelFolder(folder)
  const bytes = await weightBytes(specs)
  const [first] = specs
  const family = first?.family
  const stages = specs.length === 1 ? '' : `${specs.length} stages, `
  return {
    status: family === undefined ? 'warning' : 'ok',
    found: `${stages}${(bytes / 2 ** 20).toFixed(1)} MiB, ${family === undefined ? 'no manifest that names its family' : `family ${family}`}`,
    ...(family === undefined
      ? { advice: 'Without a manifest, features of another family are not noticed: docs/models.md' }
      : {}),
    facts: { folder: first?.folder, bytes, family, version: first?.version, stages: specs.length },
    value: specs,
  }
}

async function weightBytes(specs: readonly SubmodelSpec[]): Promise<number> {
  let bytes = 0
  for (const { folder } of specs) {
    for (const name of await readdir(folder, { recursive: true })) {
      const stats = await stat(join(folder, name))
      if (stats.isFile()) bytes += stats.size
    }
  }
  return bytes
}

function describeChain(specs: readonly SubmodelSpec[]): string {
  const [first] = specs
  const labels = labelsOf(specs)
  const place =
    first?.place === undefined
      ? ''
      : `, from submodel ${first.place.index + 1} of ${first.place.count}`
  const named =
    labels === undefined ? 'no labels' : `${labels.length} labels (${hashLabels(labels)})`
  return `${specs.map(({ name }) => name).join(' -> ')}${place}; ${named}`
}

function chainFacts(specs: readonly SubmodelSpec[]) {
  const labels = labelsOf(specs)
  return {
    submodels: specs.map(({ name }) => name),
    labels,
    labelsHash: labels === undefined ? undefined : hashLabels(labels),
  }
}

async function checkLoaded(
  exam: Examination,
  config: CommonConfig,
  chain: Checked<readonly SubmodelSpec[]>,
  byFolder: readonly (readonly SubmodelSpec[])[],
  isLoaded: boolean,
): Promise<LoadedModels | undefined> {
  const engineName = { id: 'models.engine', group, title: 'engine' }
  const loadName = { id: 'models.forward', group, title: 'forward pass' }
  const why = isLoaded ? await tooLittleMemory(chain.value ?? []) : '--no-load-models was given'
  if (why !== undefined) {
    exam.skip(engineName, why)
    exam.skip(loadName, why)
    return undefined
  }
  const engine = await exam.check(engineName, () => checkEngine(config), {
    patience: loadingPatience,
  })
  try {
    const loaded = await exam.check(
      loadName,
      () => checkForward(engine.value as Engine, byFolder, config.exits),
      { needs: [chain, engine], patience: loadingPatience },
    )
    return loaded.value
  } finally {
    await engine.value?.dispose()
  }
}

/** In a Pod, whose memory is also that of the tier beside: that must not be ended for an examination. */
async function tooLittleMemory(specs: readonly SubmodelSpec[]): Promise<string | undefined> {
  const { freeBytes } = readLimits()
  if (freeBytes === undefined) return undefined
  const needed = runtimeBytes + copiesOfWeights * (await weightBytes(specs))
  if (freeBytes >= needed) return undefined
  const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`
  return `${mib(freeBytes)} are left of this container's memory, and loading might take ${mib(needed)} and end what runs beside`
}

async function checkEngine(config: CommonConfig): Promise<Verdict<Engine>> {
  const { choice } = config.engine
  // One of each: that is enough to see, and takes little from a tier beside.
  const options = { maxBatchSize: 1, maxQueueDelayMs: 0, workers: 1 }
  const started = await startEngine(choice, options, () => undefined)
  const { engine, passedOver } = started
  const others = await otherEngines(started, options)
  const shown = others.map(({ name, reason }) =>
    reason === undefined ? `${name} loads too` : `${name} does not load: ${reason}`,
  )
  return {
    status: passedOver.length > 0 ? 'warning' : 'ok',
    found: `${engine.name}, ${choice === 'auto' ? "auto's choice" : 'as asked for'}: ${[engine.description, ...shown].join('; ')}`,
    advice: passedOver.map(({ hint }) => hint),
    facts: { chosen: engine.name, asked: choice, description: engine.description, others },
    value: engine,
  }
}

async function otherEngines(
  { engine, passedOver }: StartedEngine,
  options: Parameters<typeof startEngine>[1],
) {
  const others: { name: string; reason: string | undefined }[] = []
  for (const name of engineNames) {
    if (name === engine.name) continue
    const known = passedOver.find((one) => one.name === name)
    if (known !== undefined) {
      others.push({ name, reason: known.reason })
      continue
    }
    const reason = await startEngine(name, options, () => undefined).then(
      async (other) => {
        await other.engine.dispose()
        return undefined
      },
      (thrown: unknown) => toDdnnError(thrown).message,
    )
    others.push({ name, reason })
  }
  return others
}

/** Runs an input of zeros through all submodels, each with the features of the one before. */
async function checkForward(
  engine: Engine,
  byFolder: readonly (readonly SubmodelSpec[])[],
  exits: ExitConfig,
): Promise<Verdict<LoadedModels>> {
  const warnings: string[] = []
  const log = createWarningLog((message) => warnings.push(message))
  const loaded = await loadInto(engine, byFolder, exits, log)
  const times: { name: string; ms: number }[] = []
  let features: Float32Array | undefined
  for (const stage of loaded.stages) {
    const { spec } = stage
    const input = features
    const result = await stage.run((slot) => (input === undefined ? slot.fill(0) : slot.set(input)))
    const values = [...result.exits, ...(result.features === undefined ? [] : [result.features])]
    if (!values.every((one) => one.every(Number.isFinite))) {
      throw new ModelError(
        'DDNN_MODEL_DAMAGED',
        `Expected finite numbers from '${spec.folder}' for an input of zeros, got NaN or infinity`,
        { hint: 'Copy the model folder again, or train it again with a lower learning rate' },
      )
    }
    features = result.features?.slice()
    times.push({ name: spec.name, ms: Math.round(result.computeMs * 100) / 100 })
  }
  const input = loaded.stages[0]?.shapes.input ?? []
  return {
    status: warnings.length > 0 ? 'warning' : 'ok',
    found: `one ${describeShape(input)} of zeros: ${times.map(({ name, ms }) => `${name} ${ms} ms`).join(', ')}; all numbers finite`,
    advice: warnings,
    facts: { engine: engine.name, input, submodels: times },
    value: loaded,
  }
}

/** Shapes as manifests claim them, where models were not loaded; undefined where they do not say. */
function fromManifests(specs: readonly SubmodelSpec[] | undefined): KnownModels | undefined {
  if (specs === undefined || specs.length === 0) return undefined
  const labels = labelsOf(specs)
  const stages: KnownStage[] = []
  for (const spec of specs) {
    const { input, features, exits } = spec
    if (input === undefined || features === undefined || exits === undefined) return undefined
    if (labels === undefined) return undefined
    stages.push({ spec, shapes: { input, features, exits: exits.map(() => labels.length) } })
  }
  return { stages, labels, labelsHash: labels === undefined ? undefined : hashLabels(labels) }
}
