// The engine `tensorflow`: tfjs-node over TensorFlow's C library. An optional dependency, so neither
// the module nor its types are imported outright.
// TensorFlow takes all cores for one operation; TF_NUM_INTRAOP_THREADS in the environment bounds it.
import type * as core from '@tensorflow/tfjs-core'
import { createRequire } from 'node:module'
import util from 'node:util'
import { ModelError } from '../../../errors.ts'
import type { Runtime } from '../host/runtime.ts'
import { createRuntime } from './load-model.ts'
import type { SavedModel, Tf, TfRuntime } from './tf.ts'

/** Of an input or output: `shape` holds protobuf messages, though its type says numbers. */
interface ModelTensorInfo {
  readonly shape?: readonly { toObject(): { readonly size: number } }[]
  /** 'DT_FLOAT' */
  readonly tfDtype: string
}

interface SignatureDef {
  readonly inputs: Readonly<Record<string, ModelTensorInfo>>
  readonly outputs: Readonly<Record<string, ModelTensorInfo>>
}

interface MetaGraph {
  readonly tags: readonly string[]
  readonly signatureDefs: Readonly<Record<string, SignatureDef>>
}

/** tfjs-node's TFSavedModel, its private signature included: the public getters lose the names. */
interface TfSavedModel {
  readonly signature: SignatureDef
  predict(inputs: core.NamedTensorMap): core.NamedTensorMap
  dispose(): void
}

interface TfNode extends Tf {
  readonly version: Readonly<Record<string, string>>
  readonly node: {
    getMetaGraphsFromSavedModel(folder: string): Promise<readonly MetaGraph[]>
    loadSavedModel(
      folder: string,
      tags: readonly string[],
      signature: string,
    ): Promise<TfSavedModel>
  }
  backend(): { readonly binding: { readonly TF_Version: string } }
}

/** Loads tfjs-node. Throws what it throws where it is not installed or its addon does not load. */
export function loadTfjsNode(): Runtime {
  return createRuntime(startTfjsNode())
}

/** The same, before it is a runtime of the seam: for what looks into single models. */
export function startTfjsNode(): TfRuntime {
  // tfjs-node 4.22 still calls these, which Node 23 took away and Node 22 warns of (tensorflow/tfjs#8425).
  const legacy = util as unknown as Record<string, unknown>
  legacy['isNullOrUndefined'] = (value: unknown) => value === null || value === undefined
  legacy['isArray'] = Array.isArray
  // Without this TensorFlow writes its build flags to stderr at every start.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2'
  const require = createRequire(import.meta.url)
  const tf = require('@tensorflow/tfjs-node') as TfNode
  const version = tf.version['tfjs-node'] ?? 'of unknown version'
  return {
    tf,
    description: `tfjs-node ${version} (TensorFlow ${tf.backend().binding.TF_Version})`,
    loadSavedModel: (folder) => load(tf, folder),
  }
}

async function load(tf: TfNode, folder: string): Promise<SavedModel> {
  const graphs = await tf.node.getMetaGraphsFromSavedModel(folder)
  const graph = graphs.find(({ tags }) => tags.join() === 'serve') ?? graphs[0]
  const name = signatureOf(folder, Object.keys(graph?.signatureDefs ?? {}))
  return wrap(await tf.node.loadSavedModel(folder, graph?.tags ?? [], name))
}

/** Keras and TensorFlow Serving call it serving_default; a model with one signature has no choice. */
function signatureOf(folder: string, names: readonly string[]): string {
  if (names.includes('serving_default')) return 'serving_default'
  const [only] = names
  if (only !== undefined && names.length === 1) return only
  const got = names.length === 0 ? 'none' : names.join(', ')
  throw new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected a signature serving_default in '${folder}', got ${got}`,
    { hint: 'Export the Keras model with model.export(FOLDER), which writes one' },
  )
}

function wrap(model: TfSavedModel): SavedModel {
  const { inputs, outputs } = model.signature
  const [input] = Object.values(inputs)
  return {
    inputNames: Object.keys(inputs),
    inputShape: (input?.shape ?? []).map((axis) => axis.toObject().size),
    // DT_FLOAT, DT_UINT8
    inputDtype: (input?.tfDtype ?? '')
      .replace('DT_FLOAT', 'float32')
      .replace('DT_', '')
      .toLowerCase(),
    outputNames: Object.keys(outputs),
    predict: (given) => model.predict(given),
    dispose: () => model.dispose(),
  }
}
