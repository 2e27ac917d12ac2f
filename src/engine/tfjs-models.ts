// Models on a tfjs runtime, shared by both engines: load from a folder, run a batch, free. All three
// formats become the same thing here: one input, a list of outputs in a known order.
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core'
import type { SubmodelSpec } from '../domain/submodel.ts'
import { describeShape, type Shape } from '../domain/tensor.ts'
import { DdnnError, ModelError } from '../errors.ts'
import { modelFiles } from '../model/weights.ts'
import type { StageShapes } from './engine.ts'
import type { Runtime } from './runtime.ts'
import { splitOutputs, type OutputPlaces } from './split-outputs.ts'

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
  /** `input` holds exactly `count` samples; it is read before this returns and not kept. */
  run(input: Float32Array, count: number): BatchOutputs
  dispose(): void
}

/** A model of any format before its outputs are told apart. */
interface Outputs {
  /** Of one sample; -1 where the model leaves an axis open. */
  readonly inputShape: Shape
  predict(x: Tensor): Tensor[]
  dispose(): void
}

/**
 * Loads a submodel and runs it once on zeros: that gives the shapes, whatever the format, and warms up.
 * @throws DDNN_MODEL_DAMAGED when it does not load or run, or is not what its manifest says.
 * @throws DDNN_MODEL_MISSING when it is not there.
 * @throws DDNN_ENGINE_UNAVAILABLE when the runtime does not know its format.
 */
export async function loadModel(runtime: Runtime, spec: SubmodelSpec): Promise<LoadedModel> {
  const outputs = await open(runtime, spec)
  try {
    const input = fixedShape(spec, outputs.inputShape)
    const outputShapes = runtime.tf.tidy(() => {
      const zeros = new Float32Array(input.reduce((product, axis) => product * axis, 1))
      return outputs
        .predict(runtime.tf.tensor(zeros, [1, ...input]))
        .map(({ shape }) => shape.slice(1))
    })
    const places = splitOutputs(spec, outputShapes)
    const shapes: StageShapes = {
      input,
      features: places.features === null ? null : (outputShapes[places.features] ?? null),
      exits: places.exits.map((index) => outputShapes[index]?.[0] ?? 0),
    }
    return {
      shapes,
      run: (batch, count) => runBatch(runtime, outputs, places, batch, [count, ...input]),
      dispose: () => outputs.dispose(),
    }
  } catch (thrown) {
    outputs.dispose()
    throw asDamaged(spec, thrown)
  }
}

function runBatch(
  { tf }: Runtime,
  outputs: Outputs,
  places: OutputPlaces,
  batch: Float32Array,
  shape: number[], // [batch, ...input]
): BatchOutputs {
  const x = tf.tensor(batch, shape)
  // tidy frees all of the pass but the outputs, which are read and freed here.
  const given = tf.tidy(() => outputs.predict(x))
  try {
    // dataSync gives copies that are nobody else's, so they may be transferred.
    const read = (index: number) => given[index]?.dataSync() as Float32Array
    return {
      features: places.features === null ? undefined : read(places.features),
      exits: places.exits.map(read),
    }
  } finally {
    tf.dispose([x, ...given])
  }
}

async function open(runtime: Runtime, spec: SubmodelSpec): Promise<Outputs> {
  try {
    switch (spec.format) {
      case 'tfjs-layers':
        return await openLayers(runtime, spec)
      case 'tfjs-graph':
        return await openGraph(runtime, spec)
      case 'saved-model':
        return await openSaved(runtime, spec)
    }
  } catch (thrown) {
    throw asDamaged(spec, thrown)
  }
}

async function openLayers({ tf }: Runtime, spec: SubmodelSpec): Promise<Outputs> {
  const model = await tf.loadLayersModel(modelFiles(spec.folder))
  const inputShape = model.inputs[0]?.shape.slice(1).map((axis) => axis ?? -1) ?? []
  return {
    inputShape,
    // apply, since predict cuts batches at 32 and copies them together again.
    predict: (x) => [model.apply(x, { training: false })].flat() as Tensor[],
    dispose: () => void model.dispose(),
  }
}

async function openGraph({ tf }: Runtime, spec: SubmodelSpec): Promise<Outputs> {
  const model = await tf.loadGraphModel(modelFiles(spec.folder))
  const names = sortNaturally(model.outputs.map(({ name }) => name))
  return {
    inputShape: model.inputs[0]?.shape?.slice(1) ?? [],
    predict: (x) => [model.execute(x, names)].flat(),
    dispose: () => model.dispose(),
  }
}

async function openSaved(runtime: Runtime, spec: SubmodelSpec): Promise<Outputs> {
  if (runtime.loadSavedModel === undefined) {
    throw new ModelError(
      'DDNN_ENGINE_UNAVAILABLE',
      `Expected an engine that runs a TensorFlow SavedModel for '${spec.folder}', got ${runtime.description}`,
      {
        hint: 'Pass --engine tensorflow, or convert the model to tfjs with tensorflowjs_converter',
      },
    )
  }
  const model = await runtime.loadSavedModel(spec.folder)
  const [inputName = '', ...moreInputs] = model.inputNames
  if (moreInputs.length > 0) {
    throw new Error(`Expected one input, got ${model.inputNames.join(', ')}`)
  }
  // A signature is a map, so the order of its outputs is lost; their names tell it.
  const names = sortNaturally(model.outputNames)
  return {
    inputShape: model.inputShape,
    predict: (x) => {
      const given: NamedTensorMap = model.predict({ [inputName]: x })
      return names.map((name) => given[name] as Tensor)
    },
    dispose: () => model.dispose(),
  }
}

/** Identity before Identity_1, output_2 before output_10; `:0` only says the first of an operation. */
function sortNaturally(names: readonly string[]): string[] {
  const plain = (name: string) => name.replace(/:0$/, '')
  return [...names].sort((a, b) => plain(a).localeCompare(plain(b), 'en', { numeric: true }))
}

/** The model's input with open axes filled in from the manifest. */
function fixedShape(spec: SubmodelSpec, shape: Shape): Shape {
  const fixed = shape.map((axis, i) => (axis > 0 ? axis : (spec.input?.[i] ?? -1)))
  if (fixed.length > 0 && fixed.every((axis) => axis > 0)) return fixed
  throw new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected '${spec.folder}' to take an input of fixed size, got ${describeShape(shape)}`,
    { hint: 'Give the model a ddnn.json with its input' },
  )
}

function asDamaged(spec: SubmodelSpec, thrown: unknown): DdnnError {
  if (thrown instanceof DdnnError) return thrown
  const reason = thrown instanceof Error ? thrown.message : String(thrown)
  return new ModelError('DDNN_MODEL_DAMAGED', `Expected '${spec.folder}' to load, got ${reason}`, {
    cause: thrown,
    hint: 'Copy the model folder again, or train it again with `ddnn train`',
  })
}
