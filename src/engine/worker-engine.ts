// An engine out of its two halves: a queue a stage (batcher.ts) on this thread, the runtime in worker
// threads (worker-host.ts). Both runtimes are this class; only what the worker imports differs.
import { extname } from 'node:path'
import type { SubmodelSpec } from '../domain/submodel.ts'
import { sizeOf } from '../domain/tensor.ts'
import { DdnnError } from '../errors.ts'
import { Batcher, engineGone } from './batcher.ts'
import type { Engine, EngineName, EngineOptions, Stage } from './engine.ts'
import type { WorkerMemory } from './messages.ts'
import { WorkerHost } from './worker-host.ts'

export interface WorkerEngineOptions extends EngineOptions {
  readonly name: EngineName
  /** Called when a worker crashed (it is replaced), and when the first attempt at that failed. */
  readonly onCrash: (error: Error) => void
  /** As WorkerHostOptions has it. */
  readonly restartDelayMs?: number
  /** The thread's entry; ours unless given. */
  readonly workerFile?: URL
}

export class WorkerEngine implements Engine {
  readonly name: EngineName
  readonly description: string
  readonly #options: WorkerEngineOptions
  readonly #host: WorkerHost
  #stages: readonly Stage[] | undefined
  #closed: Promise<readonly WorkerMemory[]> | undefined

  private constructor(options: WorkerEngineOptions, host: WorkerHost, description: string) {
    this.name = options.name
    this.description = description
    this.#options = options
    this.#host = host
  }

  /** Starts the workers. @throws DDNN_ENGINE_UNAVAILABLE when the runtime does not load. */
  static async start(options: WorkerEngineOptions): Promise<WorkerEngine> {
    // Here, since a worker's environment is a copy that TensorFlow's C library does not see. Without
    // it TensorFlow writes its build flags to stderr.
    if (options.name === 'tensorflow') process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2'
    const host = new WorkerHost({
      engine: options.name,
      workers: options.workers,
      file: options.workerFile ?? ownWorkerFile,
      warmBatchSizes: [...new Set([1, options.maxBatchSize])],
      onCrash: options.onCrash,
      restartDelayMs: options.restartDelayMs,
    })
    return new WorkerEngine(options, host, await host.start())
  }

  async load(specs: readonly SubmodelSpec[]): Promise<readonly Stage[]> {
    if (this.#stages !== undefined) {
      throw new DdnnError('DDNN_INTERNAL', 'Expected engine.load to be called once, got twice')
    }
    this.#stages = []
    const { maxBatchSize, maxQueueDelayMs } = this.#options
    const shapes = await this.#host.load(specs)
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
      return { spec, shapes: shape, run }
    })
    return this.#stages
  }

  get isServing(): boolean {
    return this.#host.isServing
  }

  get gone(): Promise<Error> {
    return this.#host.gone
  }

  /** Tensors and bytes held by each worker's runtime: constant while it serves. */
  memory(): Promise<readonly WorkerMemory[]> {
    return this.#host.memory()
  }

  async dispose(): Promise<void> {
    await this.disposeAndReport()
  }

  /** As `dispose`; resolves with what was left in each worker, which is nothing. */
  disposeAndReport(): Promise<readonly WorkerMemory[]> {
    this.#closed ??= this.#host.close()
    return this.#closed
  }
}

// The worker's file stands beside this one: .js in dist and in a test build, .ts run as it is.
const ownWorkerFile = new URL(`./worker${extname(import.meta.url)}`, import.meta.url)
