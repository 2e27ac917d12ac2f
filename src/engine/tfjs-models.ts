// Submodels on a tfjs runtime, shared by both engines: load from a folder, run a batch, free. What
// differs between formats stays in layers-model.ts, graph-model.ts and saved-model.ts.
import type { SubmodelSpec } from '../domain/submodel.ts'
import { describeShape, sizeOf } from '../domain/tensor.ts'
import { DdnnError, ModelError } from '../errors.ts'
import type { StageShapes } from './engine.ts'
import { runPass, type PassOutput } from './forward-pass.ts'
import { openGraph } from './graph-model.ts'
import { openLayers } from './layers-model.ts'
import type { OpenModel } from './open-model.ts'
import type { Runtime } from './runtime.ts'
import { openSaved } from './saved-model.ts'
import { splitOutputs, type ModelOutput, type OutputPlaces } from './split-outputs.ts'

/** What one forward pass gave; row-major, one row a sample. */
export interface BatchOutputs {
  /** float32 `[batch, ...features]`; undefined where the submodel gives none. */
  readonly features: Float32Array | undefined
  /** float32 `[batch, classes]`, one an exit. */
  readonly exits: readonly Float32Array[]
}

/** A submodel in the memory of a runtime. */
export interface LoadedModel {
  readonly shapes: StageShapes
  /** `input` holds exactly `count` samples; it is read until this settles, and not kept. */
  run(input: Float32Array, count: number): Promise<BatchOutputs>
  dispose(): void
}

/**
 * Loads a submodel and runs it once on zeros: that gives the shapes, whatever the format, and warms up.
 * @throws DDNN_MODEL_DAMAGED when it does not load or run, or is not what its manifest says.
 * @throws DDNN_MODEL_MISSING when it is not there.
 * @throws DDNN_ENGINE_UNAVAILABLE when the runtime does not know its format or an operation in it.
 */
export async function loadModel(runtime: Runtime, spec: SubmodelSpec): Promise<LoadedModel> {
  let model: OpenModel | undefined
  try {
    model = await openModel(runtime, spec)
    return await arrange(runtime, spec, model)
  } catch (thrown) {
    model?.dispose()
    throw toModelError(runtime, spec, thrown)
  }
}

function openModel(runtime: Runtime, spec: SubmodelSpec): Promise<OpenModel> {
  switch (spec.format) {
    case 'tfjs-layers':
      return openLayers(runtime, spec)
    case 'tfjs-graph':
      return openGraph(runtime, spec)
    case 'saved-model':
      return openSaved(runtime, spec)
  }
}

/** Finds out what the open model takes and gives. */
async function arrange(
  runtime: Runtime,
  spec: SubmodelSpec,
  model: OpenModel,
): Promise<LoadedModel> {
  const input = fixedShape(spec, model)
  assertFloats(spec, model)
  const chosen = chooseOutputs(spec, model)
  const zeros = new Float32Array(sizeOf(input))
  const first = await runPass(runtime, model, zeros, [1, ...input])
  const outputs = chosen.map((index): ModelOutput => {
    const { shape = [], dtype = '' } = first[index] ?? {}
    const name = model.outputNames[index] ?? ''
    if (dtype === 'float32' && shape[0] === 1) return { name, shape: shape.slice(1) }
    throw new ModelError(
      'DDNN_MODEL_DAMAGED',
      `Expected output ${name} of '${spec.folder}' to be float32 with a row a sample, got ${dtype} ${describeShape(shape)}`,
      { hint: hintOutputs },
    )
  })
  const lengths = first.map(({ values }) => values.length)
  const isOrderKnown = model.isOrderKnown || spec.outputs !== undefined
  const { features, exits } = splitOutputs(spec, outputs, isOrderKnown)
  const places: OutputPlaces = {
    features: features === null ? null : (chosen[features] as number),
    exits: exits.map((index) => chosen[index] as number),
  }
  return {
    shapes: {
      input,
      features: features === null ? null : (outputs[features]?.shape ?? null),
      exits: exits.map((index) => outputs[index]?.shape[0] ?? 0),
      sumToOne: places.exits.map((index) => isProbabilities(first[index]?.values)),
    },
    run: async (batch, count) => {
      const given = await runPass(runtime, model, batch, [count, ...input])
      const read = (index: number) => rowsOf(spec, given[index], lengths[index], count)
      return {
        features: places.features === null ? undefined : read(places.features),
        exits: places.exits.map(read),
      }
    },
    dispose: () => model.dispose(),
  }
}

/** An output's values, which are as many a sample as they were on the first pass. */
function rowsOf(
  spec: SubmodelSpec,
  output: PassOutput | undefined,
  length = 0,
  count: number,
): Float32Array {
  const expected = count * length
  if (output?.values.length === expected) return output.values
  throw new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected '${spec.folder}' to give ${expected} values of ${count} samples, got ${output?.values.length ?? 'none'}`,
    { hint: hintOutputs },
  )
}

/** Indexes of the outputs that the manifest names, in its order; all of them without one. */
function chooseOutputs(spec: SubmodelSpec, { outputNames }: OpenModel): readonly number[] {
  const wanted = spec.outputs ?? outputNames
  const missing = wanted.filter((name) => !outputNames.includes(name))
  if (missing.length === 0) return wanted.map((name) => outputNames.indexOf(name))
  throw new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected '${spec.folder}' to have the outputs ${missing.join(', ')} of its ddnn.json, got ${outputNames.join(', ')}`,
    { hint: 'Mend the outputs in its ddnn.json' },
  )
}

/** Values of one sample from 0 to 1 that add up to 1. */
function isProbabilities(values: Float32Array = new Float32Array(0)): boolean {
  const sum = values.reduce((total, value) => total + value, 0)
  return Math.abs(sum - 1) < 1e-3 && values.every((value) => value >= 0 && value <= 1)
}

/** The model's input with open axes filled in from the manifest. */
function fixedShape(spec: SubmodelSpec, { inputShape }: OpenModel): readonly number[] {
  const fixed = inputShape.map((axis, i) => (axis > 0 ? axis : (spec.input?.[i] ?? -1)))
  if (fixed.length > 0 && fixed.every((axis) => axis > 0)) return fixed
  const got = inputShape.map((axis) => (axis > 0 ? axis : '?')).join('x') || 'one of unknown size'
  throw new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected '${spec.folder}' to take an input of fixed size, got ${got}`,
    { hint: 'Say the size in its ddnn.json: { "format": 1, "input": [180, 180, 3] }' },
  )
}

/** Integers are pixels as they are; the default scale would make zeros of them. */
function assertFloats(spec: SubmodelSpec, { inputDtype }: OpenModel): void {
  const isPixels = /^u?int/.test(inputDtype) && spec.preprocessing?.scale === 1
  if (inputDtype === 'float32' || isPixels) return
  throw new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected '${spec.folder}' to take float32, or integer pixels and a scale of 1 in its ddnn.json, got ${inputDtype}`,
    {
      hint: 'For pixels from 0 to 255: { "format": 1, "preprocessing": { "height": 180, "width": 180, "scale": 1 } }',
    },
  )
}

const hintOutputs = 'A submodel gives [features, exits...], or exits only; see docs/models.md'

/** tfjs' words for an operation that it, or its backend, does not have. */
const unknownOperation =
  /Kernel '(\w+)' not registered|Unknown op '(\w+)'|Op is not supported: (\w+)/

function toModelError(runtime: Runtime, spec: SubmodelSpec, thrown: unknown): DdnnError {
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
  const known = knownReasons.find(({ says }) => says.test(reason))
  return new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected '${spec.folder}' to load, got ${known?.got ?? reason}`,
    {
      cause: thrown,
      hint:
        known?.hint ??
        (spec.format === 'tfjs-layers'
          ? 'Copy the model folder again, or train it again with `ddnn train`'
          : 'Copy the whole folder again, or export the model again; see docs/models.md'),
    },
  )
}

/** What TensorFlow says at length, or not to the point. */
const knownReasons: readonly { says: RegExp; got: string; hint: string }[] = [
  {
    // tf.saved_model.save of a Keras 3 network: only Python's loader finds them (measured, 2.20).
    says: /Could not find variable/,
    got: 'variables that are not restored outside Python',
    hint: 'Write it with Keras itself: model.export(FOLDER) in place of tf.saved_model.save',
  },
  {
    says: /Unsupported tensor DataType/,
    got: 'inputs or outputs of a type that JavaScript has not',
    hint: 'Cast them to float32 in Python and export the model again',
  },
]
