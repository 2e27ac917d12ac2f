// The worker threads of an engine: gives each idle one the next batch, oldest samples first, and
// replaces one that crashes. Every worker holds every stage, so any of them can run any batch.
import type { SubmodelSpec } from '../../../domain/submodel.ts'
import { ModelError, toDdnnError } from '../../../errors.ts'
import { engineGone, type Batch, type Batcher } from './batcher.ts'
import type { Workload, EngineName } from '../engine.ts'
import type { LoadedStage } from './messages.ts'
import { mostTriedMs, OwnThread, type OwnPass } from './own-thread.ts'
import type { Runtime, RuntimeMemory } from './runtime.ts'
import { WorkerThread } from './worker-thread.ts'

interface WorkerHostOptions {
  readonly engine: EngineName
  readonly workers: number
  /** The thread's entry. */
  readonly file: URL
  /** Sizes of the batches that are run once after loading. */
  readonly batchSizes: readonly number[]
  /** Threads of a forward pass; undefined leaves it to the runtime, whose first worker may measure. */
  readonly threads: number | undefined
  /** A worker crashed, or the first attempt to replace it failed. */
  readonly onCrash: (error: Error) => void
  /** Between attempts to replace a worker that does not start, milliseconds; default 1000. */
  readonly restartDelayMs?: number | undefined
  /** Starts the runtime in this thread as well, for passes that are short; undefined where workers run all. */
  readonly startHere?: (() => Promise<Runtime>) | undefined
  /** As EngineOptions has it. */
  readonly verifyFiles?: (() => Promise<void>) | undefined
}

interface StageBatch {
  readonly stage: number
  readonly batch: Omit<Batch, 'input'>
  /** Runs it: on the thread that is given, or on this one in its place. */
  readonly run: (thread: WorkerThread) => Promise<OwnPass>
}

/** So many attempts for each worker, and none serves: the engine does not come back in this process. */
const mostAttempts = 10

export class WorkerHost {
  readonly #options: WorkerHostOptions
  /** All threads, those that are still starting or loading among them. */
  readonly #alive = new Set<WorkerThread>()
  /** Those that have loaded, busy or not. */
  readonly #serving = new Set<WorkerThread>()
  readonly #idle: WorkerThread[] = []
  #specs: readonly SubmodelSpec[] = []
  /** Of each submodel, once the first worker has loaded: the others take what it found. */
  #threads: readonly (number | undefined)[] = []
  #batchers: readonly Batcher[] = []
  #own: OwnThread | undefined
  /** Made up while all workers were busy; the next of them that is free takes it. */
  #onDeck: StageBatch | undefined
  #isClosing = false
  /** Attempts to replace a worker that failed since the last one that serves. */
  #failures = 0
  /** They keep the process, since samples may wait for them. */
  readonly #retries = new Set<NodeJS.Timeout>()
  #isGone = false
  #onGone: ((error: Error) => void) | undefined
  #running = 0
  #onDrained: (() => void) | undefined

  /** Resolves when the last worker is given up: nothing runs any more. Never rejects. */
  readonly gone: Promise<Error>

  constructor(options: WorkerHostOptions) {
    this.#options = options
    this.gone = new Promise((resolve) => (this.#onGone = resolve))
  }

  /** Starts the threads; resolves with the runtime's description. @throws DDNN_ENGINE_UNAVAILABLE */
  async start(): Promise<string> {
    const threads = Array.from({ length: this.#options.workers }, () => this.#spawn())
    try {
      const descriptions = await Promise.all(threads.map((thread) => thread.started))
      return descriptions[0] ?? ''
    } catch (thrown) {
      await this.#endAll()
      throw thrown
    }
  }

  /**
   * Loads the submodels into every worker; `dispatch` runs batches from then on. The first one alone,
   * so that what it measures is not of a machine that loads models.
   */
  async load(specs: readonly SubmodelSpec[]): Promise<readonly LoadedStage[]> {
    this.#specs = specs
    this.#threads = specs.map(() => this.#options.threads)
    const [first, ...others] = this.#alive
    if (first === undefined) return []
    const { startHere } = this.#options
    const { stages } = await this.#loadInto(first, startHere && mostTriedMs)
    this.#threads = stages.map(({ threads }) => threads ?? this.#options.threads)
    await Promise.all(others.map((thread) => this.#loadInto(thread)))
    if (startHere !== undefined) {
      this.#own = await OwnThread.load(startHere, specs, stages, this.#options.workers)
    }
    for (const thread of [first, ...others]) this.#enlist(thread)
    return stages
  }

  /** Whether at least one worker has its models, busy or not. */
  get isServing(): boolean {
    return this.#serving.size > 0
  }

  get workload(): Workload {
    return {
      workers: this.#options.workers,
      serving: this.#serving.size,
      waiting: this.#batchers.reduce((sum, { waiting }) => sum + waiting, 0),
    }
  }

  /** Names the queues, in the order of the stages. */
  serve(batchers: readonly Batcher[]): void {
    this.#batchers = batchers
    this.dispatch()
  }

  /** Gives idle workers what is ready. Called whenever a batch becomes ready or a worker idle. */
  dispatch(): void {
    while (this.#idle.length > 0) {
      const next = this.#onDeck ?? this.#makeUp()
      if (next === undefined) break
      this.#onDeck = undefined
      const thread = this.#idle.shift()
      if (thread !== undefined) void this.#run(thread, next)
    }
    this.#prepare()
    // Until then samples wait for the next worker.
    if (this.#isGone || (this.#isClosing && this.#alive.size === 0)) this.#rejectWaiting()
    if (this.#isDrained()) this.#onDrained?.()
  }

  /** The oldest batch that is ready; undefined where there is none. */
  #makeUp(): StageBatch | undefined {
    for (;;) {
      const stage = this.#oldestReady()
      const batcher = this.#batchers[stage]
      if (batcher === undefined) return undefined
      // Idle workers share what waits: on wasm a batch of 16 takes as long as 16 of one.
      const most = Math.ceil(batcher.waiting / this.#idle.length)
      const made = this.#makeUpOwn(stage, batcher) ?? this.#makeUpFor(stage, batcher, most)
      if (made !== undefined) return made
    }
  }

  /** Where nobody is at work, all that waits, if its pass is short. What killed a worker goes to another. */
  #makeUpOwn(stage: number, batcher: Batcher): StageBatch | undefined {
    const own = this.#own
    if (own === undefined || this.#idle.length < this.#serving.size) return undefined
    if (batcher.isRetry || !own.takes(stage, batcher.waiting)) return undefined
    const batch = batcher.takeOwn()
    if (batch === undefined) return undefined
    return { stage, batch, run: () => own.run(stage, batch.input, batch.count) }
  }

  #makeUpFor(stage: number, batcher: Batcher, most: number): StageBatch | undefined {
    const batch = batcher.take(most)
    if (batch === undefined) return undefined
    const { input, count } = batch
    return {
      stage,
      batch,
      run: (thread) => thread.call('ran', { kind: 'run', stage, count, input }),
    }
  }

  /**
   * While all workers are busy, writes the samples of the next batch into their slots, so that no worker waits
   * for that. Only of a batch that is full: others may still be joined. It stays here until a worker is
   * free, so that a crash loses none but the batch that the worker was in.
   */
  #prepare(): void {
    if (this.#onDeck !== undefined || this.#idle.length > 0) return
    const stage = this.#oldestReady()
    const batcher = this.#batchers[stage]
    if (batcher?.isFull !== true) return
    this.#onDeck = this.#makeUpFor(stage, batcher, batcher.waiting)
  }

  #rejectWaiting(): void {
    const error = engineGone('has no worker left')
    this.#onDeck?.batch.fail(error)
    this.#onDeck = undefined
    for (const batcher of this.#batchers) batcher.rejectWaiting(error)
  }

  /** Tensors in each worker, and in this thread where it has any. */
  async memory(): Promise<readonly RuntimeMemory[]> {
    const threads = [...this.#alive]
    const replies = await Promise.all(threads.map((t) => t.call('memory', { kind: 'memory' })))
    const own = this.#own === undefined ? [] : [this.#own.memory()]
    return [...replies.map(({ memory }) => memory), ...own]
  }

  /** Finishes what waits, frees the models and ends the threads; resolves with what `memory` has left. */
  async close(): Promise<readonly RuntimeMemory[]> {
    this.#isClosing = true
    for (const timer of this.#retries) clearTimeout(timer)
    await new Promise<void>((resolve) => {
      this.#onDrained = resolve
      this.dispatch()
    })
    const threads = [...this.#alive]
    const replies = await Promise.allSettled(
      threads.map((thread) => thread.call('disposed', { kind: 'dispose' })),
    )
    await this.#endAll()
    const left = replies.flatMap((reply) =>
      reply.status === 'fulfilled' ? [reply.value.memory] : [],
    )
    return this.#own === undefined ? left : [...left, this.#own.dispose()]
  }

  #spawn(): WorkerThread {
    const thread = new WorkerThread(this.#options.file, this.#options.engine)
    this.#alive.add(thread)
    void thread.ended.then((error) => this.#afterEnd(thread, error))
    return thread
  }

  #loadInto(thread: WorkerThread, shortMs?: number) {
    const { batchSizes, workers } = this.#options
    const [specs, threads] = [this.#specs, this.#threads]
    return thread.call('loaded', { kind: 'load', specs, batchSizes, threads, workers, shortMs })
  }

  async #run(thread: WorkerThread, { stage, batch, run }: StageBatch): Promise<void> {
    this.#running += 1
    try {
      const { outputs, computeMs } = await run(thread)
      this.#own?.learn(stage, batch.count, computeMs)
      batch.finish(outputs, computeMs)
    } catch (thrown) {
      const error = toDdnnError(thrown)
      const name = this.#specs[stage]?.name ?? String(stage)
      const failure = new ModelError(
        'DDNN_ENGINE_FAILED',
        `Expected a forward pass of '${name}', got ${error.message}`,
        { cause: thrown, retriable: error.retriable },
      )
      // Also after a crash nobody reads the input any more: the thread has been joined by the time that
      // Node tells of its end, and with it the operation that it was in.
      if (error.retriable && !this.#isClosing) batch.lose(failure)
      else batch.fail(failure)
    } finally {
      this.#running -= 1
      if (this.#serving.has(thread) && !thread.isOver) this.#idle.push(thread)
      this.dispatch()
    }
  }

  /** The stage whose ready batch has waited longest; -1 for none. */
  #oldestReady(): number {
    let stage = -1
    let oldest = Infinity
    for (const [index, batcher] of this.#batchers.entries()) {
      const since = batcher.readySince
      if (since === undefined || since >= oldest) continue
      oldest = since
      stage = index
    }
    return stage
  }

  #enlist(thread: WorkerThread): void {
    this.#failures = 0
    this.#serving.add(thread)
    this.#idle.push(thread)
  }

  #afterEnd(thread: WorkerThread, error: Error): void {
    this.#alive.delete(thread)
    // One that ends before it serves is reported by whoever waits for it: start, load or replace.
    const wasServing = this.#serving.delete(thread)
    const index = this.#idle.indexOf(thread)
    if (index !== -1) this.#idle.splice(index, 1)
    if (wasServing && !this.#isClosing) {
      this.#options.onCrash(error)
      void this.#replace()
    }
    this.dispatch()
  }

  async #replace(): Promise<void> {
    const thread = this.#spawn()
    try {
      await thread.started
      // On both sides: other files may come before it loads, and the old ones again before it is looked at.
      await this.#options.verifyFiles?.()
      await this.#loadInto(thread)
      await this.#options.verifyFiles?.()
      if (thread.isOver) throw await thread.ended
      this.#enlist(thread)
    } catch (thrown) {
      this.#alive.delete(thread)
      await thread.end()
      if (this.#isClosing) return
      this.#failures += 1
      if (this.#failures === 1) this.#options.onCrash(thrown as Error)
      const isHopeless = this.#failures >= mostAttempts * this.#options.workers
      if (isHopeless && this.#serving.size === 0) this.#giveUp(thrown as Error)
      else this.#replaceLater()
    } finally {
      this.dispatch()
    }
  }

  #replaceLater(): void {
    const timer = setTimeout(() => {
      this.#retries.delete(timer)
      if (!this.#isGone) void this.#replace()
    }, this.#options.restartDelayMs ?? 1000)
    this.#retries.add(timer)
  }

  #giveUp(cause: Error): void {
    if (this.#isGone) return
    this.#onGone?.(
      new ModelError(
        'DDNN_ENGINE_FAILED',
        `Expected a worker of the engine to start again, got ${this.#failures} failures: ${cause.message}`,
        { cause, hint: 'Look at the models, and at the memory that the process may take' },
      ),
    )
    // Later, so that who is told can leave the samples to other processes before they are rejected here.
    setImmediate(() => {
      this.#isGone = true
      this.dispatch()
    })
  }

  #isDrained(): boolean {
    if (this.#running > 0 || this.#onDeck !== undefined) return false
    return this.#alive.size === 0 || this.#batchers.every(({ waiting }) => waiting === 0)
  }

  async #endAll(): Promise<void> {
    const threads = [...this.#alive]
    this.#alive.clear()
    this.#serving.clear()
    this.#idle.length = 0
    await Promise.all(threads.map((thread) => thread.end()))
  }
}
