// tfjs with one backend, ready to compute: what the files of this room need of it. Each backend stands in a
// file of its own (tfjs-node.ts, tfjs-wasm.ts), imported by the worker only when it is the chosen one.
import type * as core from '@tensorflow/tfjs-core'
import type { loadGraphModel } from '@tensorflow/tfjs-converter'
import type { loadLayersModel } from '@tensorflow/tfjs-layers'

/** The parts of tfjs that the engines use. */
export interface Tf {
  readonly tensor: typeof core.tensor
  readonly tidy: typeof core.tidy
  readonly cast: typeof core.cast
  readonly dispose: typeof core.dispose
  readonly memory: typeof core.memory
  readonly serialization: typeof core.serialization
  readonly loadLayersModel: typeof loadLayersModel
  readonly loadGraphModel: typeof loadGraphModel
}

/** A TensorFlow SavedModel as tfjs-node gives it: inputs and outputs by the signature's names. */
export interface SavedModel {
  readonly inputNames: readonly string[]
  /** The batch axis first; -1 where the model leaves an axis open. */
  readonly inputShape: readonly number[]
  /** 'float32', 'uint8', 'int64'. */
  readonly inputDtype: string
  readonly outputNames: readonly string[]
  predict(inputs: core.NamedTensorMap): core.NamedTensorMap
  dispose(): void
}

export interface TfRuntime {
  readonly tf: Tf
  /** Runtime and version: 'tfjs-node 4.22.0 (TensorFlow 2.20.0)'. */
  readonly description: string
  /** Undefined where the runtime cannot run them. */
  readonly loadSavedModel: ((folder: string) => Promise<SavedModel>) | undefined
}
