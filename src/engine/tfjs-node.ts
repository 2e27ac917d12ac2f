// The engine `tensorflow`: tfjs-node over TensorFlow's C library. An optional dependency, so neither
// the module nor its types are imported outright.
// TensorFlow takes all cores for one operation; TF_NUM_INTRAOP_THREADS in the environment bounds it.
import type * as core from '@tensorflow/tfjs-core'
import { createRequire } from 'node:module'
import util from 'node:util'
import type { Runtime, SavedModel, Tf } from './runtime.ts'

/** `shape` holds protobuf messages, the batch axis first, though its type says numbers. */
interface ModelTensorInfo {
  readonly shape?: readonly { toObject(): { readonly size: number } }[]
}

/** tfjs-node's TFSavedModel, its private signature included: the public getters lose the names. */
interface TfSavedModel {
  readonly signature: {
    readonly inputs: Readonly<Record<string, ModelTensorInfo>>
    readonly outputs: Readonly<Record<string, ModelTensorInfo>>
  }
  predict(inputs: core.NamedTensorMap): core.NamedTensorMap
  dispose(): void
}

interface TfNode extends Tf {
  readonly version: Readonly<Record<string, string>>
  readonly node: { loadSavedModel(folder: string): Promise<TfSavedModel> }
  backend(): { readonly binding: { readonly TF_Version: string } }
}

/** Loads tfjs-node. Throws what it throws where it is not installed or its addon does not load. */
export function loadTfjsNode(): Runtime {
  // Node 23 took these away and tfjs-node 4.22 still calls them (tensorflow/tfjs#8425).
  const legacy = util as unknown as Record<string, unknown>
  legacy['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined
  legacy['isArray'] ??= Array.isArray
  // Without this TensorFlow writes its build flags to stderr at every start.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2'
  const require = createRequire(import.meta.url)
  const tf = require('@tensorflow/tfjs-node') as TfNode
  const version = tf.version['tfjs-node'] ?? 'of unknown version'
  return {
    tf,
    description: `tfjs-node ${version} (TensorFlow ${tf.backend().binding.TF_Version})`,
    loadSavedModel: async (folder) => wrap(await tf.node.loadSavedModel(folder)),
  }
}

function wrap(model: TfSavedModel): SavedModel {
  const { inputs, outputs } = model.signature
  const shape = Object.values(inputs)[0]?.shape ?? []
  return {
    inputNames: Object.keys(inputs),
    inputShape: shape.slice(1).map((axis) => axis.toObject().size),
    outputNames: Object.keys(outputs),
    predict: (given) => model.predict(given),
    dispose: () => model.dispose(),
  }
}
