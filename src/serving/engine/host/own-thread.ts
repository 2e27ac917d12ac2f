// Passes so short that the way to a worker thread and back would cost a good part of them: those run on the
// thread that asks. With one sample under way the way took 0.15 to 0.5 ms beside passes of 1 to 2.5 ms, and a
// second copy of the sample. All longer ones, and all that find the workers at work, go to them.
import { sizeOf } from '../../../domain/tensor.ts'
import type { SubmodelSpec } from '../../../domain/submodel.ts'
import type { LoadedStage } from './messages.ts'
import type { BatchOutputs, LoadedModel, Runtime, RuntimeMemory } from './runtime.ts'

/** Longest that the event loop is held up, milliseconds: about what a collection of garbage takes. */
const mostMs = 5

/** A submodel that takes longer is not loaded here: a machine that is busy at start may show a few times its time. */
export const mostTriedMs = 4 * mostMs

export interface OwnPass {
  readonly outputs: BatchOutputs
  readonly computeMs: number
}

/** A second copy of those submodels whose passes are short, in the memory of this thread. */
export class OwnThread {
  readonly #runtime: Runtime
  /** In the order of the stages; undefined where one takes too long. */
  readonly #models: readonly (LoadedModel | undefined)[]
  /** Of each stage, the fastest pass seen, milliseconds a sample. */
  readonly #fastestMs: number[]

  private constructor(
    runtime: Runtime,
    models: readonly (LoadedModel | undefined)[],
    stages: readonly LoadedStage[],
  ) {
    this.#runtime = runtime
    this.#models = models
    this.#fastestMs = stages.map(({ passMs }) => passMs ?? Infinity)
  }

  /**
   * Loads the submodels of short passes; undefined where there are none.
   * @param stages what a worker found as it loaded them
   * @throws as Runtime.load
   */
  static async load(
    start: () => Promise<Runtime>,
    specs: readonly SubmodelSpec[],
    stages: readonly LoadedStage[],
    workers: number,
  ): Promise<OwnThread | undefined> {
    if (!stages.some(isShort)) return undefined
    const runtime = await start()
    const models: (LoadedModel | undefined)[] = []
    try {
      for (const [i, spec] of specs.entries()) {
        const { threads, compiled } = stages[i] ?? {}
        const options = { batchSizes: [1], threads, workers, isShared: false, compiled }
        models.push(isShort(stages[i]) ? await runtime.load(spec, options) : undefined)
      }
    } catch (thrown) {
      for (const model of models) model?.dispose()
      throw thrown
    }
    return new OwnThread(runtime, models, stages)
  }

  /** Whether a batch of a stage is over soon enough. */
  takes(stage: number, count: number): boolean {
    if (this.#models[stage] === undefined) return false
    return count * (this.#fastestMs[stage] ?? Infinity) <= mostMs
  }

  /** Tells of a pass anywhere: a machine that was busy at start is not for ever. */
  learn(stage: number, count: number, computeMs: number): void {
    this.#fastestMs[stage] = Math.min(this.#fastestMs[stage] ?? Infinity, computeMs / count)
  }

  /** Runs a batch that it takes. @throws what the runtime throws */
  async run(stage: number, input: ArrayBuffer, count: number): Promise<OwnPass> {
    const model = this.#models[stage] as LoadedModel
    const startedAt = performance.now()
    const values = new Float32Array(input, 0, count * sizeOf(model.shapes.input))
    const outputs = await model.run(values, count)
    return { outputs, computeMs: performance.now() - startedAt }
  }

  memory(): RuntimeMemory {
    return this.#runtime.memory()
  }

  /** Frees the models; not while one runs. */
  dispose(): RuntimeMemory {
    for (const model of this.#models) model?.dispose()
    return this.#runtime.memory()
  }
}

function isShort(stage: LoadedStage | undefined): boolean {
  return (stage?.passMs ?? Infinity) <= mostTriedMs
}
