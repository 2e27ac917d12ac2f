// From an open model of any format to a LoadedModel: run once on zeros, which gives the shapes whatever
// the format, then its outputs told apart and held to their lengths in every pass.
import type { SubmodelSpec } from '../../../domain/submodel.ts'
import { describeShape, sizeOf } from '../../../domain/tensor.ts'
import { ModelError } from '../../../errors.ts'
import { runPass, type OpenModel, type PassOutput } from './open-model.ts'
import type { LoadedModel } from './runtime.ts'
import { splitOutputs, type ModelOutput, type OutputPlaces } from './split-outputs.ts'

/**
 * Finds out what the open model takes and gives. The model is the LoadedModel's from then on.
 * @throws DDNN_MODEL_DAMAGED when it is not what its manifest says, with the model still the caller's.
 */
export async function arrange(spec: SubmodelSpec, model: OpenModel): Promise<LoadedModel> {
  const input = fixedShape(spec, model)
  assertFloats(spec, model)
  const chosen = chooseOutputs(spec, model)
  const zeros = new Float32Array(sizeOf(input))
  const first = await runPass(model, zeros, [1, ...input])
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
  let isOpen = true
  return {
    shapes: {
      input,
      features: features === null ? null : (outputs[features]?.shape ?? null),
      exits: exits.map((index) => outputs[index]?.shape[0] ?? 0),
      sumToOne: places.exits.map((index) => isProbabilities(first[index]?.values)),
    },
    run: async (batch, count) => {
      const given = await runPass(model, batch, [count, ...input])
      const read = (index: number) => rowsOf(spec, given[index], lengths[index], count)
      return {
        features: places.features === null ? undefined : read(places.features),
        exits: places.exits.map(read),
      }
    },
    dispose: () => {
      if (isOpen) model.dispose()
      isOpen = false
    },
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
