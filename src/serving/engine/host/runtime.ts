// The seam of the runtimes: what a worker thread needs of one to hold submodels and run batches. Each
// runtime stands in a room of its own (tfjs/, onnx/); nothing on this side of the seam knows its types.
import type { SubmodelSpec } from '../../../domain/submodel.ts'
import type { StageShapes } from '../engine.ts'

/** A runtime in the memory of a worker thread, ready to compute. */
export interface Runtime {
  /** Runtime and version: 'tfjs-node 4.22.0 (TensorFlow 2.20.0)'. */
  readonly description: string
  /**
   * Loads a submodel and runs it, so that its shapes are known whatever its format, and the first batch
   * does not pay for it.
   * @throws DDNN_MODEL_DAMAGED when it does not load or run, or is not what its manifest says;
   * DDNN_MODEL_MISSING when it is not there; DDNN_ENGINE_UNAVAILABLE when the runtime does not know its
   * format, a layer or an operation in it.
   */
  load(spec: SubmodelSpec, options: LoadOptions): Promise<LoadedModel>
  /** What it holds now: nothing once all models are disposed. */
  memory(): RuntimeMemory
}

export interface LoadOptions {
  /** Sizes of the batches that will come: 1, and the largest. */
  readonly batchSizes: readonly number[]
  /** Threads of one forward pass; undefined leaves it to the runtime, which may measure. */
  readonly threads: number | undefined
  /** Workers that share the processors, this one among them. */
  readonly workers: number
  /** Whether inputs lie in memory that is shared between threads; true unless said. */
  readonly isShared?: boolean
  /** What another thread's runtime of this kind compiled of the files, which need not be read then. */
  readonly compiled?: CompiledModel | undefined
}

/** A model that was compiled to another format as it was loaded. */
export interface CompiledModel {
  readonly bytes: Uint8Array
  /** As the model's own files call it. */
  readonly inputDtype: string
}

/** A submodel in the memory of a runtime. */
export interface LoadedModel {
  readonly shapes: StageShapes
  /** Threads that it took by measuring; undefined where nothing was measured. */
  readonly threads?: number | undefined
  /** The fastest pass of one sample while it was loaded, milliseconds; undefined where nobody looked. */
  readonly passMs?: number | undefined
  /** What it was compiled to; undefined where its files are run as they are. */
  readonly compiled?: CompiledModel | undefined
  /** What the log should know of how it was loaded, one clause: '2 threads (1: 4.1 ms, 2: 2.3 ms)'. */
  readonly note?: string | undefined
  /**
   * One forward pass. `input` holds exactly `count` samples, in memory that may be shared between
   * threads; it is read until this settles, and not kept. The outputs are nobody else's.
   */
  run(input: Float32Array, count: number): Promise<BatchOutputs>
  /** Frees it. Idempotent; not while a pass runs. */
  dispose(): void
}

/** What one forward pass gave; row-major, one row a sample. */
export interface BatchOutputs {
  /** float32 `[batch, ...features]`; undefined where the submodel gives none. */
  readonly features: Float32Array | undefined
  /** float32 `[batch, classes]`, one an exit. */
  readonly exits: readonly Float32Array[]
}

export interface RuntimeMemory {
  /** Tensors, or whatever the runtime holds that must be freed; 0 once all models are disposed. */
  readonly tensors: number
  readonly bytes: number
}
