// onnxruntime-node as the files of this room need it. An optional dependency, so neither the module nor its
// types are imported: what is used of it is written down here, as version 1.30 has it.
import { createRequire } from 'node:module'

/** Arrays that a tensor may hold; float16 as Uint16Array, or as Float16Array where Node has it. */
export type TensorData =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigInt64Array
  | BigUint64Array

export interface OrtTensor {
  /** 'float32', 'uint8', 'float16'. */
  readonly type: string
  /** The batch axis first. */
  readonly dims: readonly number[]
  readonly data: TensorData
}

export interface ValueMetadata {
  readonly name: string
  /** False of sequences and maps, which have neither type nor shape. */
  readonly isTensor: boolean
  readonly type?: string
  /** A name where the model leaves an axis open. */
  readonly shape?: readonly (number | string)[]
}

export interface OrtSession {
  readonly inputMetadata: readonly ValueMetadata[]
  /** In the order of the graph. */
  readonly outputMetadata: readonly ValueMetadata[]
  /** All outputs by name, in memory of their own. Blocks this thread while it computes. */
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>
  /** Frees it before it returns. */
  release(): Promise<void>
}

export interface SessionOptions {
  readonly graphOptimizationLevel: 'all'
  readonly executionMode: 'sequential'
  readonly interOpNumThreads: number
  readonly intraOpNumThreads: number
  readonly enableCpuMemArena: boolean
  readonly enableMemPattern: boolean
  readonly logSeverityLevel: 0 | 1 | 2 | 3 | 4
  readonly extra: {
    readonly session: { readonly intra_op: { readonly allow_spinning: '0' | '1' } }
  }
}

export interface Ort {
  readonly env: { readonly versions: { readonly node?: string }; logLevel?: string }
  readonly InferenceSession: {
    /** From a file, so that external data beside it is found, or from its bytes. */
    create(model: string | Uint8Array, options: SessionOptions): Promise<OrtSession>
  }
  /** `data` must not lie in shared memory: the binding refuses it (measured, 1.30). */
  readonly Tensor: new (type: string, data: TensorData, dims: readonly number[]) => OrtTensor
}

/** Throws what Node throws where it is not installed, or where its addon does not load. */
export function requireOrt(): Ort {
  const ort = createRequire(import.meta.url)('onnxruntime-node') as Ort
  // Before the first session: what goes wrong is thrown, and need not be printed as well.
  ort.env.logLevel = 'fatal'
  return ort
}
