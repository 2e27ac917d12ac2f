// Submodels on a tfjs runtime, shared by tfjs-node and wasm: load from a folder, run a batch, free. What
// differs between formats stays in layers-model.ts, graph-model.ts and saved-model.ts.
import type { SubmodelSpec } from '../../../domain/submodel.ts'
import { DdnnError, ModelError, type ErrorCode } from '../../../errors.ts'
import { hintExport } from '../../../model/onnx/unknown-layers.ts'
import { toldByFiles } from '../../../model/told-by-files.ts'
import { arrange } from '../host/arrange.ts'
import { noNetworkError } from '../host/no-network.ts'
import type { OpenModel } from '../host/open-model.ts'
import type { LoadedModel, LoadOptions, Runtime } from '../host/runtime.ts'
import { openGraph } from './graph-model.ts'
import { openLayers } from './layers-model.ts'
import { openSaved } from './saved-model.ts'
import type { TfRuntime } from './tf.ts'

/** A runtime of the seam out of a tfjs with its backend. */
export function createRuntime(tf: TfRuntime): Runtime {
  return {
    description: tf.description,
    load: (spec, options) => loadModel(tf, spec, options),
    memory: () => {
      const { numTensors, numBytes } = tf.tf.memory()
      return { tensors: numTensors, bytes: numBytes }
    },
  }
}

async function loadModel(
  runtime: TfRuntime,
  spec: SubmodelSpec,
  { batchSizes }: LoadOptions,
): Promise<LoadedModel> {
  let model: OpenModel | undefined
  try {
    model = await openModel(runtime, spec)
    const loaded = await arrange(spec, model, toldByFiles)
    const length = loaded.shapes.input.reduce((product, axis) => product * axis, 1)
    for (const size of batchSizes) await loaded.run(new Float32Array(size * length), size)
    return loaded
  } catch (thrown) {
    model?.dispose()
    throw toModelError(runtime, spec, thrown)
  }
}

async function openModel(runtime: TfRuntime, spec: SubmodelSpec): Promise<OpenModel> {
  switch (spec.format) {
    case 'tfjs-layers':
      return openLayers(runtime, spec)
    case 'tfjs-graph':
      return openGraph(runtime, spec)
    case 'saved-model':
      return openSaved(runtime, spec)
    case 'onnx':
      throw new ModelError(
        'DDNN_ENGINE_UNAVAILABLE',
        `Expected an engine that runs ONNX for '${spec.folder}', got ${runtime.description}`,
        { hint: 'Pass --engine onnx, or leave --engine out' },
      )
    case 'fixed-time':
      throw noNetworkError(spec)
  }
}

/** tfjs' words for an operation that it, or its backend, does not have. */
const unknownOperation =
  /Kernel '(\w+)' not registered|Unknown op '(\w+)'|Op is not supported: (\w+)/

function toModelError(runtime: TfRuntime, spec: SubmodelSpec, thrown: unknown): DdnnError {
  if (thrown instanceof DdnnError) return thrown
  const reason = thrown instanceof Error ? thrown.message : String(thrown)
  const operation = unknownOperation.exec(reason)?.slice(1).find(Boolean)
  if (operation !== undefined) {
    return new ModelError(
      'DDNN_ENGINE_UNAVAILABLE',
      `Expected an engine with every operation of '${spec.folder}', got ${runtime.description} without ${operation}`,
      {
        cause: thrown,
        hint:
          runtime.loadSavedModel === undefined
            ? 'Pass --engine tensorflow'
            : 'Use the TensorFlow SavedModel that it was converted from, where every operation runs',
      },
    )
  }
  const known = knownReasons.find(({ says }) => says?.test(reason)) ?? unknownReason(spec)
  const found = known.says?.exec(reason)?.slice(1).find(Boolean) ?? reason.split('\n')[0] ?? ''
  return new ModelError(
    known.code,
    `Expected '${spec.folder}' to load, got ${known.got.replace('$1', () => found)}`,
    { cause: thrown, hint: known.hint },
  )
}

interface KnownReason {
  readonly says?: RegExp
  readonly code: ErrorCode
  /** After `Expected '...' to load on ..., got `; $1 is what the expression found, or all that was said. */
  readonly got: string
  readonly hint: string
}

/** Files are whole when they come here: what tfjs does not read of layers is not damaged for that. */
function unknownReason({ format }: SubmodelSpec): KnownReason {
  return format === 'tfjs-layers'
    ? {
        code: 'DDNN_ENGINE_UNAVAILABLE',
        got: `layers or settings that tfjs does not read: $1`,
        hint: hintExport(),
      }
    : {
        code: 'DDNN_MODEL_DAMAGED',
        got: '$1',
        hint: 'Copy the whole folder again, or export the model again; see docs/models.md',
      }
}

/** What TensorFlow and tfjs say at length, or not to the point. */
const knownReasons: readonly KnownReason[] = [
  {
    // tf.saved_model.save of a Keras 3 network: only Python's loader finds them (measured, 2.20).
    says: /Could not find variable/,
    code: 'DDNN_MODEL_DAMAGED',
    got: 'variables that are not restored outside Python',
    hint: 'Write it with Keras itself: model.export(FOLDER) in place of tf.saved_model.save',
  },
  {
    says: /Unsupported tensor DataType/,
    code: 'DDNN_MODEL_DAMAGED',
    got: 'inputs or outputs of a type that JavaScript has not',
    hint: 'Cast them to float32 in Python and export the model again',
  },
  {
    says: /Op type not registered '(\w+)'/,
    code: 'DDNN_ENGINE_UNAVAILABLE',
    got: 'operation $1, which this TensorFlow does not have',
    hint: 'Export the network without it, or with a TensorFlow that is not newer than this one',
  },
  {
    says: /NodeDef mentions attr '(\w+)' not in Op|(?:min_consumer|minimum consumer) (\S+)/i,
    code: 'DDNN_ENGINE_UNAVAILABLE',
    got: 'a graph of a newer TensorFlow ($1)',
    hint: 'Export the model again with a TensorFlow that is not newer than this one',
  },
  {
    // As a .keras file numbers them: of a layer whose weights we do not know to name.
    says: /weight data has no target variable: (\S*vars\/\d+)/,
    code: 'DDNN_ENGINE_UNAVAILABLE',
    got: "weights of a layer that are not known by tfjs' names ($1)",
    hint: hintExport(),
  },
  {
    says: /(weight data has no target variable: .*|\d+ of \d+ weights are not set: .*|Shape mismatch: .*)/,
    code: 'DDNN_MODEL_DAMAGED',
    got: 'weights that do not fit its layers: $1',
    hint: 'Copy model.json and the files of weights together, from one conversion; or convert the model again',
  },
]
