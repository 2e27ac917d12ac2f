// Chooses engines for models and starts them. `auto` takes, for each submodel, the fastest engine that
// loads and knows the model; a named one must load and run all of them.
import type { SubmodelSpec } from '../../domain/submodel.ts'
import { ModelError, toDdnnError, type DdnnError } from '../../errors.ts'
import type { Engine, EngineName, EngineOptions } from './engine.ts'
import { engineKinds, isInstalled, type EngineKind } from './engines.ts'
import type { Runtime } from './host/runtime.ts'
import { WorkerEngine } from './host/worker-engine.ts'
import { joinEngines, type Part } from './joined-engine.ts'
import { startRuntime } from './start-runtime.ts'

export type EngineChoice = EngineName | 'auto'

/** The two levels of a pino logger that engines use. */
interface EngineLog {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
}

interface WorkerPart extends Part {
  readonly engine: WorkerEngine
}

/** An engine that `auto` would have taken before the one it took. */
interface PassedOver {
  readonly name: EngineName
  /** Why it does not load, or not run this model: one line. */
  readonly reason: string
  /** How to get it. */
  readonly hint: string
  /** Whether it is there, and fails all the same. */
  readonly isInstalled: boolean
  /** The model that it does not run; undefined where it runs none. */
  readonly submodel: string | undefined
  /** The layer or operation that it lacks for that model, where that is why. */
  readonly lacks?: string | undefined
}

/**
 * Starts engines with their workers, and loads the submodels. Says in the log which engine runs what, and why
 * faster ones were passed over.
 * @throws DDNN_ENGINE_UNAVAILABLE when the named runtime, or every runtime, does not load, or one that
 * loads does not know a model; DDNN_MODEL_* as `WorkerEngine.load`.
 */
export async function createEngine(
  choice: EngineChoice,
  specs: readonly SubmodelSpec[],
  options: EngineOptions,
  log: EngineLog,
): Promise<Engine> {
  const onCrash = (error: Error) => log.warn({ err: error }, 'engine worker lost, starting another')
  const passedOver: PassedOver[] = []
  const parts: Part[] = []
  let left = [...specs.keys()]
  try {
    for (const kind of engineKinds) {
      if (choice !== 'auto' && choice !== kind.name) continue
      const places = left.filter((i) => isFor(kind, specs[i], choice))
      if (places.length === 0) continue
      const part = await startPart(kind, specs, places, { ...options, onCrash }, choice, passedOver)
      if (part === undefined) continue
      parts.push(part)
      sayStarted(kind, specs, part, options, log)
      left = left.filter((i) => !part.places.includes(i))
    }
    if (left.length > 0) throw noneFor(specs, left, passedOver)
    for (const one of passedOver) sayPassedOver(one, log)
    return joinEngines(parts)
  } catch (thrown) {
    await Promise.all(parts.map(({ engine }) => engine.dispose()))
    throw thrown
  }
}

function sayStarted(
  { name }: EngineKind,
  specs: readonly SubmodelSpec[],
  { engine, places }: WorkerPart,
  { threads }: EngineOptions,
  log: EngineLog,
): void {
  if (name === 'wasm' && (threads ?? 1) > 1) {
    log.warn({ threads }, 'engine wasm has one thread: more --workers use more cores')
  }
  for (const note of engine.notes) log.info({ engine: name }, note)
  const what = specs.length === places.length ? '' : ` runs ${namesOf(specs, places)}`
  log.info({ engine: name }, `engine ${name}${what}: ${engine.description}`)
}

function sayPassedOver(
  { name, reason, hint, submodel, isInstalled }: PassedOver,
  log: EngineLog,
): void {
  const what = submodel === undefined ? 'does not load' : `does not run '${submodel}'`
  const message = `engine ${name} ${what}: ${reason}`
  // One that nobody installed is nobody's fault.
  if (isInstalled || submodel !== undefined) log.warn({ engine: name, hint }, message)
  else log.info({ engine: name, hint }, message)
}

/** What an engine says of itself when it is loaded without models. @throws DDNN_ENGINE_UNAVAILABLE */
export async function describeEngine(name: EngineName): Promise<string> {
  const options = { maxBatchSize: 1, maxQueueDelayMs: 0, workers: 1, onCrash: () => undefined }
  const engine = await WorkerEngine.start({ ...options, name })
  await engine.dispose()
  return engine.description
}

/** A named engine is asked for all models, and says itself which of them it does not know. */
function isFor({ formats }: EngineKind, spec: SubmodelSpec | undefined, choice: EngineChoice) {
  return spec !== undefined && (choice !== 'auto' || formats.includes(spec.format))
}

/**
 * One engine with as many of these submodels as it runs; undefined where it runs none. Why not goes to
 * `passedOver`. @throws where it was asked for by name, and what is wrong with a model itself.
 */
async function startPart(
  kind: EngineKind,
  specs: readonly SubmodelSpec[],
  places: readonly number[],
  options: EngineOptions & { readonly onCrash: (error: Error) => void },
  choice: EngineChoice,
  passedOver: PassedOver[],
): Promise<WorkerPart | undefined> {
  const { name, hint } = kind
  let wanted = places
  while (wanted.length > 0) {
    let engine: WorkerEngine
    try {
      engine = await WorkerEngine.start({ ...options, name, startHere: startHere(name) })
    } catch (thrown) {
      const error = toDdnnError(thrown)
      if (choice !== 'auto')
        throw unavailable(`the engine ${name}`, error.message, hintOf(kind), thrown)
      const reason = firstLineOf(error.message)
      passedOver.push({ name, reason, hint, isInstalled: isInstalled(kind), submodel: undefined })
      return undefined
    }
    try {
      await engine.load(wanted.map((i) => specs[i] as SubmodelSpec))
      return { engine, places: wanted }
    } catch (thrown) {
      await engine.dispose()
      const refused = choice === 'auto' ? refusedBy(thrown) : undefined
      if (refused === undefined) throw thrown
      passedOver.push(passOver(kind, specs, refused))
      wanted = wanted.filter((i) => specs[i]?.folder !== refused.folder)
    }
  }
  return undefined
}

/** Of onnxruntime passes may be short, and a second copy of such a submodel is small. */
function startHere(name: EngineName): (() => Promise<Runtime>) | undefined {
  return name === 'onnx' ? () => startRuntime(name) : undefined
}

/** A model that this engine does not know, which another one may. */
function refusedBy(thrown: unknown): (DdnnError & { readonly folder: string }) | undefined {
  if (!(thrown instanceof ModelError) || thrown.code !== 'DDNN_ENGINE_UNAVAILABLE') return undefined
  return thrown.folder === undefined ? undefined : (thrown as ModelError & { folder: string })
}

function passOver(
  kind: EngineKind,
  specs: readonly SubmodelSpec[],
  error: DdnnError & { readonly folder: string },
): PassedOver {
  return {
    name: kind.name,
    reason: firstLineOf(error.message),
    hint: error.hint ?? kind.hint,
    isInstalled: true,
    submodel: specs.find(({ folder }) => folder === error.folder)?.name,
    lacks: /^Expected an engine with every .*, got .* without (.*)$/.exec(
      firstLineOf(error.message),
    )?.[1],
  }
}

function noneFor(
  specs: readonly SubmodelSpec[],
  left: readonly number[],
  passedOver: readonly PassedOver[],
): ModelError {
  const spec = specs[left[0] ?? 0]
  const fitting = engineKinds.filter(({ formats }) => spec && formats.includes(spec.format))
  const lacks = passedOver[0]?.lacks
  const isSame = passedOver.every((one) => one.lacks === lacks && one.submodel === spec?.name)
  if (spec !== undefined && lacks !== undefined && isSame) {
    const all = passedOver.map(({ name }) => name).join(', ')
    return new ModelError(
      'DDNN_ENGINE_UNAVAILABLE',
      `Expected an engine with every layer of '${spec.folder}', got ${all} without ${lacks}`,
      { hint: hintOfNone(spec, fitting, passedOver) },
    )
  }
  const reasons = passedOver
    .filter(({ submodel }) => submodel === undefined || submodel === spec?.name)
    .map(({ name, reason, submodel }) =>
      submodel === undefined ? `${name} does not load: ${reason}` : `${name}: ${reason}`,
    )
  return unavailable(
    `an engine for '${spec?.folder}' (${spec?.format})`,
    reasons.join('; '),
    hintOfNone(spec, fitting, passedOver),
    undefined,
  )
}

/** What the engine says that looked at the model last; how to get the one that it names, where that is absent. */
function hintOfNone(
  spec: SubmodelSpec | undefined,
  fitting: readonly EngineKind[],
  passedOver: readonly PassedOver[],
): string | undefined {
  const said = passedOver.filter(({ submodel }) => submodel === spec?.name).at(-1)?.hint
  const named = /^Pass --engine (\w+)/.exec(said ?? '')?.[1]
  if (said !== undefined && named === undefined) return said
  return (fitting.find(({ name }) => name === named) ?? fitting.at(-1))?.hint
}

function hintOf(kind: EngineKind): string {
  return kind.name === 'wasm' ? kind.hint : `${kind.hint}, or leave --engine out`
}

function unavailable(
  what: string,
  got: string,
  hint: string | undefined,
  cause: unknown,
): ModelError {
  return new ModelError(
    'DDNN_ENGINE_UNAVAILABLE',
    `Expected ${what} to load, got ${firstLineOf(got)}`,
    { cause, hint },
  )
}

function namesOf(specs: readonly SubmodelSpec[], places: readonly number[]): string {
  return places.map((i) => specs[i]?.name).join(', ')
}

/** Node and tfjs-node put a require stack or advice on further lines. */
function firstLineOf(message: string): string {
  return message.split('\n')[0] ?? message
}
