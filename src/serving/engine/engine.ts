// The seam of the engines: loaded submodels, run one sample, dispose. Batching, workers and the
// runtimes stay behind it; what crosses it is plain float32.
import type { ExitGives } from '../../domain/confidence.ts'
import type { Shape } from '../../domain/tensor.ts'
import type { SubmodelSpec } from '../../domain/submodel.ts'

/** Engines that run networks, any of which may be asked for by name. */
export const engineNames = ['onnx', 'tensorflow', 'wasm'] as const
/** `fixed-time` runs the stand-ins of load tests, and them alone. */
export type EngineName = (typeof engineNames)[number] | 'fixed-time'

/**
 * Writes one sample into its place in the batch: exactly `slot.length` float32 values, row-major, in
 * the network's range ([0, 1] for images). Called when the sample's batch is made up, and once more
 * where a worker died under that, so what it reads must stay as it is until `run` settles. The slot must not be kept: its buffer belongs to the
 * worker afterwards, which shares it, and then to other samples. It is not zeroed before. What it throws rejects that sample alone.
 */
export type WriteSample = (slot: Float32Array) => void

/** What one submodel gave for one sample. */
export interface StageRun {
  /**
   * float32, of the stage's `features` shape; undefined where it gives none. The caller's to change,
   * but a view into its batch's buffer: not to be transferred to another thread.
   */
  readonly features: Float32Array | undefined
  /** One array of class values an exit, in the order of the outputs. Owned by the caller. */
  readonly exits: readonly Float32Array[]
  /** Waiting for a batch and a worker, milliseconds. */
  readonly queueMs: number
  /** The forward pass of the whole batch, milliseconds. */
  readonly computeMs: number
  /** Samples in that batch. */
  readonly batchSize: number
  /** Whether it was the first of its batch: what is to be counted once a batch is counted of it. */
  readonly isFirst: boolean
}

/** Shapes as the loaded submodel itself reports them, without the batch axis. */
export interface StageShapes {
  readonly input: Shape
  /** Whether images are made gray behind it, so that those of one channel may be taken too. */
  readonly isGray?: boolean
  /** Whether copies of one sample got other values each. */
  readonly isRandom?: boolean
  /** null where every output is an exit. */
  readonly features: Shape | null
  /** Classes of each exit, in the order of the outputs. */
  readonly exits: readonly number[]
  /**
   * What the values of each exit are: the manifest's word, else what the model's files or its values tell;
   * undefined where the engine did not look.
   */
  readonly gives?: readonly ExitGives[]
  /**
   * Of each exit, whether its values of an input of zeros were from 0 to 1 and added up to 1, as
   * probabilities do and logits hardly ever; undefined where the engine did not look.
   */
  readonly sumToOne?: readonly boolean[]
}

/** One loaded and warm submodel. */
export interface Stage {
  readonly spec: SubmodelSpec
  /** Which engine runs it: stages of one process may differ. */
  readonly engine: EngineName
  readonly shapes: StageShapes
  /**
   * Runs one sample; concurrent calls are gathered into batches.
   * @param signal where it has aborted before the sample's batch is made up, the sample is left out.
   * @throws DDNN_ENGINE_FAILED when the forward pass fails, or the engine was disposed; retriable when
   * two workers died under it one after the other. The signal's reason, when it aborted.
   */
  run(write: WriteSample, signal?: AbortSignal): Promise<StageRun>
}

/** What an engine has to do, and who does it. */
export interface Workload {
  /** Worker threads that there should be, and those that can run every submodel now. */
  readonly workers: number
  readonly serving: number
  /** Samples that wait for a batch or a worker. */
  readonly waiting: number
}

/** Submodels loaded into runtimes, with their workers. */
export interface Engine {
  /** Runtime and version, for the log: 'tfjs-node 4.22.0 (TensorFlow 2.20.0)'. */
  readonly description: string
  /** The submodels, in the order they were named. */
  readonly stages: readonly Stage[]
  /** False while a stage has no worker that can run it: the last one died and none has taken its place yet. */
  readonly isServing: boolean
  /** At this moment. */
  readonly workload: Workload
  /** Models and tensors in all workers, bytes; waits for what each of them is at. */
  heldBytes(): Promise<number>
  /**
   * Resolves when no worker could be started again in many attempts: the engine does not come back, and
   * samples are rejected from the next turn of the event loop on. Pending for as long as there is hope.
   */
  readonly gone: Promise<Error>
  /** Finishes what `run` took in, frees tensors and ends the workers. Idempotent. */
  dispose(): Promise<void>
}

export interface EngineOptions {
  /** Most samples in one forward pass. */
  readonly maxBatchSize: number
  /** How long a sample may wait for others, milliseconds; 0 takes whatever waits when a worker is free. */
  readonly maxQueueDelayMs: number
  /** Worker threads, each with its own copy of the weights. */
  readonly workers: number
  /** Threads of one forward pass; undefined takes what is fastest here. wasm always has one. */
  readonly threads?: number | undefined
  /**
   * Called when the place of a lost worker is taken by one that has read the models' files again: what it
   * rejects with, where those are not the files of before, is a failed attempt.
   */
  readonly verifyFiles?: (() => Promise<void>) | undefined
}
