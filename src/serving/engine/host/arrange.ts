// From an open model of any format to a LoadedModel: run once on zeros, which gives the shapes whatever
// the format, then its outputs told apart and held to their lengths in every pass.
import type { ExitEnds } from '../../../domain/confidence.ts'
import { fillShape, takesChannelsFirst } from '../../../domain/image-layout.ts'
import type { SubmodelSpec } from '../../../domain/submodel.ts'
import { describeShape, sizeOf, type Shape } from '../../../domain/tensor.ts'
import { ModelError } from '../../../errors.ts'
import { drawsNumbers } from './draws-numbers.ts'
import { squeezeExits, toTwoClasses } from './exit-values.ts'
import { imageInputOf } from './image-input.ts'
import { runPass, type OpenModel, type PassOutput } from './open-model.ts'
import { mayBeShares, readExits } from './read-exits.ts'
import type { LoadedModel } from './runtime.ts'
import { splitOutputs, type ModelOutput } from './split-outputs.ts'

/** What a model's files tell of it. */
interface FileFacts {
  readonly readEnds: (spec: SubmodelSpec) => Promise<ExitEnds>
  /** Whether its graph has operations that draw random numbers. */
  readonly mayDraw: (spec: SubmodelSpec) => Promise<boolean>
}

/**
 * Finds out what the open model takes and gives. The model is the LoadedModel's from then on.
 * @throws DDNN_MODEL_DAMAGED when it is not what its manifest says, with the model still the caller's.
 */
export async function arrange(
  spec: SubmodelSpec,
  model: OpenModel,
  { readEnds, mayDraw }: FileFacts,
): Promise<LoadedModel> {
  const taken = fixedShape(spec, model)
  assertFloats(spec, model)
  const image = imageInputOf(spec, taken, isTurnedHere(spec, model))
  const passOf = (samples: Float32Array, count: number) =>
    runPass(model, image.toModel(samples, count), [count, ...taken])
  const first = await passOf(new Float32Array(sizeOf(image.shape)), 1)
  const chosen = chooseOutputs(spec, model, first)
  const outputs = squeezeExits(
    spec,
    chosen.map((index) => outputOf(spec, model.outputNames[index] ?? '', first[index])),
  )
  const lengths = first.map(({ values }) => values.length)
  const isOrderKnown = model.isOrderKnown || spec.outputs !== undefined
  const { features, exits } = splitOutputs(spec, outputs, isOrderKnown)
  const places = exits.map((index) => chosen[index] as number)
  const passes = { input: image.shape, inputDtype: model.inputDtype, run: passOf }
  const gives = await readExits(
    spec,
    places.map((place) => ({
      place,
      name: model.outputNames[place] ?? '',
      values: first[place]?.values ?? new Float32Array(0),
    })),
    passes,
    () => readEnds(spec),
  )
  const isRandom = await drawsNumbers(passes, () => mayDraw(spec))
  const exitOf = (given: readonly PassOutput[], exit: number, count: number) => {
    const place = places[exit] as number
    const values = rowsOf(spec, given[place], lengths[place], count)
    return lengths[place] === 1 ? toTwoClasses(values, gives[exit]) : values
  }
  let isOpen = true
  return {
    shapes: {
      input: image.shape,
      ...(image.isGray ? { isGray: true } : {}),
      ...(isRandom ? { isRandom } : {}),
      features: features === null ? null : (outputs[features]?.shape ?? null),
      exits: exits.map((index) => outputs[index]?.shape[0] ?? 0),
      gives,
      sumToOne: exits.map((_, exit) => mayBeShares(exitOf(first, exit, 1))),
    },
    run: async (batch, count) => {
      const given = await passOf(batch, count)
      const place = features === null ? undefined : chosen[features]
      return {
        features:
          place === undefined ? undefined : rowsOf(spec, given[place], lengths[place], count),
        exits: exits.map((_, exit) => exitOf(given, exit, count)),
      }
    },
    dispose: () => {
      if (isOpen) model.dispose()
      isOpen = false
    },
  }
}

/** Whether images are turned before a pass, which does not do so itself. */
function isTurnedHere(spec: SubmodelSpec, { inputShape, turnsImages = false }: OpenModel): boolean {
  return !turnsImages && takesChannelsFirst(spec, inputShape)
}

function outputOf(spec: SubmodelSpec, name: string, given: PassOutput | undefined): ModelOutput {
  const { shape = [], dtype = '' } = given ?? {}
  if (dtype === 'float32' && shape[0] === 1) {
    return { name, shape: shape.length === 1 ? [1] : shape.slice(1) }
  }
  throw new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected output ${name} of '${spec.folder}' to be float32 with a row a sample, got ${dtype} ${describeShape(shape)}`,
    { hint: /int|bool/.test(dtype) ? hintLabels : hintOutputs },
  )
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

/**
 * Indexes of the outputs that the manifest names, in its order. Without one all of them, but for those of
 * integers beside floats: labels that the network has chosen already are neither features nor an exit.
 */
function chooseOutputs(
  spec: SubmodelSpec,
  { outputNames }: OpenModel,
  first: readonly PassOutput[],
): readonly number[] {
  if (spec.outputs === undefined) {
    const all = [...outputNames.keys()]
    const floats = all.filter((index) => !/int|bool/.test(first[index]?.dtype ?? ''))
    return floats.some((index) => first[index]?.shape.length === 2) ? floats : all
  }
  const missing = spec.outputs.filter((name) => !outputNames.includes(name))
  if (missing.length === 0) return spec.outputs.map((name) => outputNames.indexOf(name))
  throw new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected '${spec.folder}' to have the outputs ${missing.join(', ')} of its ddnn.json, got ${outputNames.join(', ')}`,
    { hint: 'Mend the outputs in its ddnn.json' },
  )
}

/** The model's input with open axes filled in from the manifest, in the model's own layout. */
function fixedShape(spec: SubmodelSpec, model: OpenModel): Shape {
  const { inputShape } = model
  const fixed = fillShape(spec, inputShape, isTurnedHere(spec, model))
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
      hint: 'For pixels from 0 to 255: { "format": 1, "preprocessing": { "scale": 1 } }',
    },
  )
}

const hintLabels =
  'Labels that the network has chosen itself say nothing of how sure it is: export it with the logits or the softmax before them as its output; see docs/models.md'

const hintOutputs =
  'A submodel gives [features, exits...], or exits only: name those to use in its ddnn.json, { "format": 1, "outputs": ["..."] }; see docs/models.md'
