// The models of a process as they are served now, and who still uses them: what loads new ones beside
// them, and swaps. Device, local run and tier see `served` alone.
import { isSameTraits, type FileTraits } from '../../../domain/model-files.ts'
import { DdnnError, toDdnnError } from '../../../errors.ts'
import type { Logger } from '../../../telemetry/log.ts'
import type { Metrics } from '../../../telemetry/metrics/metrics.ts'
import type { TierMeter } from '../../../telemetry/metrics/tier-meter.ts'
import type { Served, ServedModels } from '../served-models.ts'
import type { Generation } from './generation.ts'
import { loadBeside, loadFirst, type Read } from './load-generation.ts'
import type { ModelSource, SpecsByFolder } from './model-source.ts'
import {
  checkCodec,
  checkReplacement,
  preparedFor,
  structureOf,
  type Prepared,
  type PreparedLinks,
} from './replacement.ts'
import { toServed } from './served.ts'
import {
  createModelGauge,
  expectationsOf,
  describeModels,
  refusalOf,
  statesOf,
  type ModelState,
  type Refusal,
} from './state.ts'
import { showEngine } from './show-engine.ts'
import { withSpecs } from './with-specs.ts'

interface ModelStoreOptions {
  /** Of the tier or device, for metrics. */
  readonly name: string
  readonly source: ModelSource
  readonly links: PreparedLinks
  /** An older family is kept for so long after it was last asked for, milliseconds. */
  readonly keepMs: number
  readonly metrics: Metrics
  readonly meter: TierMeter
  readonly log: Logger
}

/** `deferred`: more than thresholds has changed, and only those were to be taken. */
type ReloadOutcome = 'swapped' | 'thresholds' | 'refused' | 'unchanged' | 'deferred'

/** How much of what has changed is taken. */
type ReloadScope = 'thresholds' | 'all'

export interface ModelStore {
  readonly served: Served
  /** Whether the newest models have a worker that can run them. */
  readonly isServing: boolean
  /** Resolves when the engine of the newest models does not come back. */
  readonly gone: Promise<Error>
  /** As the files looked when they were last read. */
  readonly handled: FileTraits
  /** As they look now. */
  traits(): Promise<FileTraits>
  /** What is in memory, newest first. */
  states(): readonly ModelState[]
  /**
   * Reads the folders again and takes what has changed; never rejects, since the old models stay whatever
   * the new ones are. One at a time: calls that come meanwhile are one more, after it.
   */
  reload(reason: string, scope?: ReloadScope): Promise<ReloadOutcome>
  /**
   * Lets go of all models; one that is being loaded is waited for, unless the signal has aborted. Idempotent.
   */
  close(signal?: AbortSignal): Promise<void>
}

/**
 * Loads the models and serves them. @throws DDNN_MODEL_*, DDNN_ENGINE_UNAVAILABLE
 */
export async function serveModels(options: ModelStoreOptions): Promise<ModelStore> {
  const { generation, traits } = await loadFirst(options.source)
  return new ReloadingStore(options, generation, traits)
}

class ReloadingStore implements ModelStore {
  readonly #options: ModelStoreOptions
  readonly #prepared: Prepared
  readonly #gauge: (states: readonly ModelState[]) => void
  readonly #stopGauges: () => void
  /** Newest first. */
  #generations: readonly [Generation, ...Generation[]]
  #served: readonly [ServedModels, ...ServedModels[]]
  #handled: FileTraits
  #refused: Refusal | undefined
  /** Whether memory that is freed may make a difference. */
  #isRetriable = false
  #running: Promise<unknown> = Promise.resolve()
  #next: { scope: ReloadScope; readonly outcome: Promise<ReloadOutcome> } | undefined
  #isClosed = false
  /** Of generations that are no longer served, and whose engines still end. */
  readonly #freeing = new Set<Promise<void>>()
  #onGone: ((error: Error) => void) | undefined

  readonly gone: Promise<Error>
  readonly served: Served = () => this.#served

  constructor(options: ModelStoreOptions, first: Generation, traits: FileTraits) {
    this.#options = options
    this.#prepared = preparedFor(first.models.stages, options.links)
    this.#gauge = createModelGauge(options.metrics)
    this.#stopGauges = showEngine(options.metrics, options.name, () => this.#generations[0].engine)
    this.#generations = [first]
    this.#served = [first.models]
    this.#handled = traits
    this.gone = new Promise((resolve) => (this.#onGone = resolve))
    this.#follow(first)
    this.#show()
  }

  get isServing(): boolean {
    return this.#generations[0].engine.isServing
  }

  get handled(): FileTraits {
    return this.#handled
  }

  traits(): Promise<FileTraits> {
    return this.#options.source.traits()
  }

  states(): readonly ModelState[] {
    return statesOf(this.#options.name, this.#generations, this.#refused)
  }

  reload(reason: string, scope: ReloadScope = 'all'): Promise<ReloadOutcome> {
    if (this.#next !== undefined) {
      // It has not begun, so it sees what this one is about.
      if (scope === 'all') this.#next.scope = 'all'
      return this.#next.outcome
    }
    const outcome = this.#running.then(() => {
      const asked = this.#next?.scope ?? scope
      this.#next = undefined
      return this.#isClosed ? 'unchanged' : this.#reload(reason, asked)
    })
    this.#next = { scope, outcome }
    this.#running = outcome
    return outcome
  }

  async close(signal?: AbortSignal): Promise<void> {
    this.#isClosed = true
    this.#stopGauges()
    const late = new Promise<void>((resolve) => {
      if (signal?.aborted === true) resolve()
      signal?.addEventListener('abort', () => resolve(), { once: true })
    })
    await Promise.race([this.#running, ...(signal === undefined ? [] : [late])])
    const generations = this.#generations
    for (const generation of generations) generation.stop()
    await Promise.all([...generations.map(({ engine }) => engine.dispose()), ...this.#freeing])
  }

  /** One reload from its look to its line in the log. */
  async #reload(reason: string, scope: ReloadScope): Promise<ReloadOutcome> {
    const { meter, log } = this.#options
    let outcome: ReloadOutcome
    try {
      outcome = await this.#take(reason, scope)
    } catch (thrown) {
      if (this.#isClosed) return 'unchanged'
      const error = toDdnnError(thrown)
      // What is half written now may be whole when more than thresholds is asked for.
      if (scope === 'thresholds') return 'deferred'
      this.#refused = refusalOf(error)
      this.#isRetriable = error.retriable
      const facts = { reason, code: error.code, hint: this.#refused.hint }
      const internal = error.code === 'DDNN_INTERNAL' ? { err: error } : {}
      log.error(
        { ...facts, ...internal },
        `new models refused, the old ones stay: ${error.message}`,
      )
      outcome = 'refused'
    }
    if (outcome === 'deferred') return outcome
    if (outcome !== 'refused') this.#refused = undefined
    meter.reloaded(outcome)
    if (outcome === 'unchanged') log.info({ reason }, 'models unchanged')
    this.#show()
    return outcome
  }

  /** @throws what keeps new models from being taken; the old ones are untouched then. */
  async #take(reason: string, scope: ReloadScope): Promise<ReloadOutcome> {
    const { source } = this.#options
    const [newest] = this.#generations
    const traits = await source.traits()
    if (isSameTraits(traits, this.#handled) && this.#refused === undefined) return 'unchanged'
    // Whatever comes of it, these files have been seen; but for thresholds alone, of which more may come.
    if (scope === 'all') this.#handled = traits
    const byFolder = await source.read()
    const isCalm = scope === 'thresholds' && traits.models === newest.files
    const contents = isCalm ? undefined : await source.contents(byFolder)
    const isSame = contents === undefined || contents.hash === newest.contents
    if (isSame && structureOf(byFolder) === structureOf(newest.byFolder)) {
      const outcome = this.#takeRules(newest, byFolder, reason)
      // Not before: manifests that are refused here are looked at again once they are calm, and told of.
      this.#handled = traits
      newest.files = traits.models
      return outcome
    }
    if (scope === 'thresholds' || contents === undefined) return 'deferred'
    await this.#takeModels({ byFolder, contents, traits }, reason)
    return 'swapped'
  }

  /** Other rules over the same engine. */
  #takeRules(generation: Generation, byFolder: SpecsByFolder, reason: string): ReloadOutcome {
    const { source, log } = this.#options
    const loaded = source.judge(withSpecs(generation.engine, byFolder.flat()), byFolder)
    checkCodec(loaded, this.#prepared)
    const before = generation.models
    const models = toServed(loaded, generation.hold)
    const { family, thresholds, version } = models.info
    const featureCodec = codecOf(models)
    generation.byFolder = byFolder
    generation.models = models
    this.#serve(this.#generations)
    if (
      thresholds === before.info.thresholds &&
      version === before.info.version &&
      featureCodec === codecOf(before)
    ) {
      return 'unchanged'
    }
    log.info(
      { reason, family, version, thresholds, featureCodec },
      `manifests changed, thresholds from ${before.info.thresholds} to ${thresholds}`,
    )
    return 'thresholds'
  }

  /** Other models, in an engine of their own, in place of those that are served. */
  async #takeModels(read: Read, reason: string): Promise<void> {
    const startedAt = performance.now()
    const known = this.#generations.find(
      ({ contents, byFolder }) =>
        contents === read.contents.hash && structureOf(byFolder) === structureOf(read.byFolder),
    )
    if (known !== undefined) {
      this.#takeRules(known, read.byFolder, reason)
      known.comeBack(read.traits.models)
    }
    const next = known ?? (await this.#load(read))
    const [old, ...older] = this.#generations
    this.#serve([next, old, ...older.filter((generation) => generation !== next)])
    old.retire(this.#options.keepMs, () => void this.#drop(old))
    this.#show()
    const { family, version, thresholds } = next.models.info
    this.#options.log.info(
      { reason, family, version, thresholds, ms: Math.round(performance.now() - startedAt) },
      `models swapped, from ${describeModels(old)} to ${describeModels(next)}`,
    )
  }

  /** @throws as `loadBeside`. */
  async #load(read: Read): Promise<Generation> {
    const next = await loadBeside(this.#options.source, read, (loaded) => {
      if (this.#isClosed) {
        throw new DdnnError('DDNN_TRANSPORT_CLOSED', 'Expected models to be wanted, got the end')
      }
      checkReplacement(this.#served[0], loaded, this.#prepared)
    })
    this.#follow(next)
    return next
  }

  #serve(generations: readonly [Generation, ...Generation[]]): void {
    const [first, ...others] = generations
    this.#generations = generations
    this.#served = [first.models, ...others.map(({ models }) => models)]
    this.#show()
  }

  /** Nobody asks for it any more. */
  async #drop(generation: Generation): Promise<void> {
    const [first, ...others] = this.#generations
    this.#serve([first, ...others.filter((other) => other !== generation)])
    const freed = generation.engine.dispose()
    this.#freeing.add(freed)
    await freed.finally(() => this.#freeing.delete(freed))
    this.#options.log.info(
      `${describeModels(generation)} is no longer asked for: its memory is free`,
    )
    if (this.#isRetriable && this.#refused !== undefined && !this.#isClosed) {
      await this.reload('there is memory again')
    }
  }

  /** An old engine that is lost is no loss to the process. */
  #follow(generation: Generation): void {
    void generation.engine.gone.then((error) => {
      if (this.#generations[0] === generation) return this.#onGone?.(error)
      if (!this.#generations.includes(generation)) return
      generation.stop()
      return this.#drop(generation)
    })
  }

  #show(): void {
    const [models] = this.#served
    const submodels = models.stages.map(({ spec }) => spec.name)
    const id = `${this.#generations[0].contents}/${models.info.thresholds}`
    this.#options.meter.serves(id, submodels, expectationsOf(models))
    this.#gauge(this.states())
  }
}

function codecOf({ stages }: ServedModels): string | undefined {
  return stages.at(-1)?.spec.featureCodec
}
