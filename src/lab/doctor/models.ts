// Checks of the models: folders, their chain, the engines, and a forward pass. What later checks need of
// the models is taken from the loaded ones, else from their manifests.
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { CommonConfig } from '../../cli/config.ts'
import { labelsOf, loadModels } from '../../compose/models.ts'
import type { LoadedModels } from '../../serving/tier/models/model-source.ts'
import { hashLabels } from '../../domain/labels.ts'
import type { SubmodelSpec } from '../../domain/submodel.ts'
import { describeShape } from '../../domain/tensor.ts'
import type { EngineName, Stage } from '../../serving/engine/engine.ts'
import { ModelError } from '../../errors.ts'
import { checkChain } from '../../model/chain.ts'
import { readModelFolder } from '../../model/folder.ts'
import { createWarningLog } from '../../telemetry/log.ts'
import type { Verdict } from './check.ts'
import { checkEngines } from './engines.ts'
import type { Checked, Examination } from './examination.ts'
import { readLimits } from './machine.ts'

const group = 'Models'

/** Loading takes longer than any answer of a network. */
const loadingPatience = 6

/** A runtime without models, bytes: tfjs-node takes the most, measured. */
const runtimeBytes = 400 * 2 ** 20
/** The weights as read, as kept, and as they are copied in between. */
const copiesOfWeights = 3

type KnownStage = Pick<Stage, 'spec' | 'shapes'>

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
  const loaded = await checkLoaded(exam, config, chain, isLoaded)
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

export function describeChain(specs: readonly SubmodelSpec[]): string {
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

export function chainFacts(specs: readonly SubmodelSpec[]) {
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
  const formats = (chain.value ?? []).map(({ format }) => format)
  const engine = await exam.check(engineName, () => checkEngines(config.engine.choice, formats), {
    patience: loadingPatience,
  })
  const loaded = await exam.check(loadName, () => checkForward(config), {
    needs: [chain, engine],
    patience: loadingPatience,
  })
  return loaded.value
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

/** Runs an input of zeros through all submodels, each with the features of the one before. */
async function checkForward(config: CommonConfig): Promise<Verdict<LoadedModels>> {
  const warnings: string[] = []
  const log = createWarningLog((message) => warnings.push(message))
  // One of each: that is enough to see, and takes little from a tier beside.
  const { choice, threads } = config.engine
  const engine = { choice, threads, maxBatchSize: 1, maxQueueDelayMs: 0, workers: 1 }
  const loaded = await loadModels(config.models, engine, config.exits, log)
  try {
    return await runZeros(loaded, warnings)
  } finally {
    await loaded.engine.dispose()
  }
}

async function runZeros(
  loaded: LoadedModels,
  warnings: readonly string[],
): Promise<Verdict<LoadedModels>> {
  const times: { name: string; engine: EngineName; ms: number }[] = []
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
    times.push({
      name: spec.name,
      engine: stage.engine,
      ms: Math.round(result.computeMs * 100) / 100,
    })
  }
  const input = loaded.stages[0]?.shapes.input ?? []
  return {
    status: warnings.length > 0 ? 'warning' : 'ok',
    found: `one ${describeShape(input)} of zeros: ${times.map(({ name, engine, ms }) => `${name} ${ms} ms on ${engine}`).join(', ')}; all numbers finite`,
    advice: warnings,
    facts: { engine: loaded.engine.description, input, submodels: times },
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
