// An engine out of its two halves: a queue a stage (batcher.ts) on this thread, the runtime in worker
// threads (worker-host.ts). Every runtime is this class; only what the worker imports differs.
import { extname } from 'node:path'
import type { SubmodelSpec } from '../../../domain/submodel.ts'
import { sizeOf } from '../../../domain/tensor.ts'
import { DdnnError } from '../../../errors.ts'
import { Batcher, engineGone } from './batcher.ts'
import type { Engine, Workload, EngineName, EngineOptions, Stage } from '../engine.ts'
import type { LoadedStage } from './messages.ts'
import type { Runtime, RuntimeMemory } from './runtime.ts'
import { WorkerHost } from './worker-host.ts'

interface WorkerEngineOptions extends EngineOptions {
  readonly name: EngineName
  /** Called when a worker crashed (it is replaced), and when the first attempt at that failed. */
  readonly onCrash: (error: Error) => void
  /** As WorkerHostOptions has it. */
  readonly restartDelayMs?: number
  /** As WorkerHostOptions has it. */
  readonly startHere?: (() => Promise<Runtime>) | undefined
  /** The thread's entry; ours unless given. */
  readonly workerFile?: URL
}

export class WorkerEngine implements Engine {
  readonly name: EngineName
  readonly description: string
  readonly #options: WorkerEngineOptions
  readonly #host: WorkerHost
  #stages: readonly Stage[] = []
  #isAsked = false
  #closed: Promise<readonly RuntimeMemory[]> | undefined

  /** Of each submodel, how it was loaded, where there is something to say. */
  notes: readonly string[] = []

  private constructor(options: WorkerEngineOptions, host: WorkerHost, description: string) {
    this.name = options.name
    this.description = description
    this.#options = options
    this.#host = host
  }

  /** Starts the workers. @throws DDNN_ENGINE_UNAVAILABLE when the runtime does not load. */
  static async start(options: WorkerEngineOptions): Promise<WorkerEngine> {
    if (options.name === 'tensorflow') setTensorFlow(options.threads)
    const host = new WorkerHost({
      engine: options.name,
      workers: options.workers,
      file: options.workerFile ?? ownWorkerFile,
      batchSizes: [...new Set([1, options.maxBatchSize])],
      threads: options.threads,
      onCrash: options.onCrash,
      restartDelayMs: options.restartDelayMs,
      verifyFiles: options.verifyFiles,
      startHere: options.startHere,
    })
    return new WorkerEngine(options, host, await host.start())
  }

  /**
   * Loads submodels and runs each, so that the first request does not pay for it. Once only.
   * @throws DDNN_MODEL_DAMAGED when a model does not load, naming its folder; DDNN_MODEL_MISSING when there
   * is no model in it any more; DDNN_ENGINE_UNAVAILABLE when this engine does not know its format, a layer
   * or an operation in it.
   */
  async load(specs: readonly SubmodelSpec[]): Promise<readonly Stage[]> {
    if (this.#isAsked) {
      throw new DdnnError('DDNN_INTERNAL', 'Expected engine.workload to be called once, got twice')
    }
    this.#isAsked = true
    const { maxBatchSize, maxQueueDelayMs } = this.#options
    const loaded = await this.#host.load(specs)
    this.notes = notesOf(specs, loaded)
    const shapes = loaded.map((stage) => stage.shapes)
    const onReady = () => this.#host.dispatch()
    const batchers = shapes.map(
      ({ input }) =>
        new Batcher({ sampleLength: sizeOf(input), maxBatchSize, maxQueueDelayMs, onReady }),
    )
    this.#host.serve(batchers)
    this.#stages = specs.map((spec, index) => {
      const batcher = batchers[index]
      const shape = shapes[index]
      if (batcher === undefined || shape === undefined) {
        throw new DdnnError(
          'DDNN_INTERNAL',
          `Expected ${specs.length} stages, got ${shapes.length}`,
        )
      }
      const run: Stage['run'] = (write, signal) =>
        this.#closed === undefined
          ? batcher.run(write, signal)
          : Promise.reject(engineGone('was disposed'))
      return { spec, engine: this.name, shapes: shape, run }
    })
    return this.#stages
  }

  get stages(): readonly Stage[] {
    return this.#stages
  }

  get isServing(): boolean {
    return this.#host.isServing
  }

  get workload(): Workload {
    return this.#host.workload
  }

  async heldBytes(): Promise<number> {
    const held = await this.#host.memory()
    return held.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  get gone(): Promise<Error> {
    return this.#host.gone
  }

  /** Tensors and bytes held by each worker's runtime: constant while it serves. */
  memory(): Promise<readonly RuntimeMemory[]> {
    return this.#host.memory()
  }

  async dispose(): Promise<void> {
    await this.disposeAndReport()
  }

  /** As `dispose`; resolves with what was left in each worker, which is nothing. */
  disposeAndReport(): Promise<readonly RuntimeMemory[]> {
    this.#closed ??= this.#host.close()
    return this.#closed
  }
}

// .js in dist and in a test build, .ts run as it is.
const ownWorkerFile = new URL(`../worker${extname(import.meta.url)}`, import.meta.url)

/** TensorFlow's C library reads the environment of the process as it is loaded, not that of a worker. */
function setTensorFlow(threads: number | undefined): void {
  // Without it TensorFlow writes its build flags to stderr.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2'
  if (threads !== undefined) process.env['TF_NUM_INTRAOP_THREADS'] = String(threads)
}

function notesOf(specs: readonly SubmodelSpec[], loaded: readonly LoadedStage[]): string[] {
  return loaded.flatMap(({ note }, i) => (note === undefined ? [] : [`${specs[i]?.name}: ${note}`]))
}
