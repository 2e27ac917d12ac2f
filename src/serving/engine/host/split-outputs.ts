// Which output of a submodel is the features, and which are exits. The manifest decides; without one
// the shapes do, as the original's models are laid out: [features, exit logits...].
import type { SubmodelSpec } from '../../../domain/submodel.ts'
import { describeShape, isSameShape, type Shape } from '../../../domain/tensor.ts'
import { ModelError } from '../../../errors.ts'

export interface ModelOutput {
  /** As the model's files call it: 'output_0', 'dense_1'. */
  readonly name: string
  /** Of one sample. */
  readonly shape: Shape
}

interface OutputPlaces {
  /** Index of the features among the outputs; null where every output is an exit. */
  readonly features: number | null
  /** Indexes of the exits, in order. */
  readonly exits: readonly number[]
}

/**
 * Tells the outputs apart. Where their order is not known (a map of names in the model's file, and no
 * word of it in the manifest) shapes may still tell features from exits, and numbers in the names one
 * exit from the next; nothing is guessed beyond that.
 * @throws DDNN_MODEL_DAMAGED when they are not [features, exits...] or [exits...], or not the manifest's,
 * or when their order decides and is not known.
 */
export function splitOutputs(
  spec: SubmodelSpec,
  outputs: readonly ModelOutput[],
  isOrderKnown = true,
): OutputPlaces {
  const features =
    spec.features === undefined
      ? guess(spec, outputs, isOrderKnown)
      : find(spec, outputs, isOrderKnown)
  const exits = [...outputs.keys()].filter((index) => index !== features)
  const odd = exits.find((index) => outputs[index]?.shape.length !== 1)
  if (odd !== undefined) throw unexpected(spec, outputs)
  return { features, exits: isOrderKnown ? exits : numbered(spec, outputs, exits) }
}

/** The features that the manifest speaks of. */
function find(
  spec: SubmodelSpec,
  outputs: readonly ModelOutput[],
  isOrderKnown: boolean,
): number | null {
  const { features } = spec
  if (features === null || features === undefined) return null
  const fitting = [...outputs.keys()].filter((index) =>
    isSameShape(outputs[index]?.shape ?? [], features),
  )
  if (fitting.length > 1 && !isOrderKnown) throw unordered(spec, outputs)
  // The first one with that shape: a features output as wide as an exit comes first.
  const [index] = fitting
  if (index === undefined) throw unexpected(spec, outputs)
  return index
}

/** No manifest: what is no vector is features, else a first vector whose width no other one has. */
function guess(
  spec: SubmodelSpec,
  outputs: readonly ModelOutput[],
  isOrderKnown: boolean,
): number | null {
  const solid = [...outputs.keys()].filter((index) => outputs[index]?.shape.length !== 1)
  if (solid.length > 1) throw unexpected(spec, outputs)
  if (solid.length === 1) return solid[0] as number
  const classes = spec.labels?.length
  const widths = outputs.map(({ shape }) => shape[0] as number)
  const others = widths.slice(1)
  if (others.length === 0 || others.every((width) => width === widths[0])) return null
  if (isOrderKnown && others.every((width) => width === (classes ?? others[0]))) return 0
  // By its width alone: the one that is not as wide as the labels, or as all others.
  const common = classes ?? mostCommon(widths)
  const odd = widths.filter((width) => width !== common)
  if (odd.length === 1) return widths.indexOf(odd[0] as number)
  throw isOrderKnown ? unexpected(spec, outputs) : unordered(spec, outputs)
}

/** The width that most have; undefined where two are as frequent. */
function mostCommon(widths: readonly number[]): number | undefined {
  const count = (width: number | undefined) => widths.filter((other) => other === width).length
  const [first, second] = [...new Set(widths)].sort((a, b) => count(b) - count(a))
  return count(first) === count(second) ? undefined : first
}

/** Exits whose names differ in a number alone, by that number: `dense`, `dense_1`; `exit2`, `exit10`. */
function numbered(
  spec: SubmodelSpec,
  outputs: readonly ModelOutput[],
  exits: readonly number[],
): readonly number[] {
  if (exits.length < 2) return exits
  const places = exits.map((index) => {
    const [, stem = '', number = '-1'] =
      /^(.*?)(?:_?(\d+))?(?::0)?$/.exec(outputs[index]?.name ?? '') ?? []
    return { index, stem, number: Number(number) }
  })
  const stems = new Set(places.map(({ stem }) => stem))
  const isNumbered =
    stems.size === 1 &&
    // Where a converter lost the names: Identity_1 is the second by the alphabet (measured, 4.22).
    !stems.has('Identity') &&
    new Set(places.map(({ number }) => number)).size === places.length
  if (!isNumbered) throw unordered(spec, outputs)
  return places.sort((a, b) => a.number - b.number).map(({ index }) => index)
}

function unexpected(spec: SubmodelSpec, outputs: readonly ModelOutput[]): ModelError {
  const wanted =
    spec.features === undefined || spec.features === null
      ? '[features, exits...] or [exits...]'
      : `features of ${describeShape(spec.features)} and exits`
  return new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected outputs of '${spec.folder}' to be ${wanted}, got ${listOf(outputs)}`,
    { hint: 'Give the model a ddnn.json that says its features and exits; see docs/models.md' },
  )
}

function unordered(spec: SubmodelSpec, outputs: readonly ModelOutput[]): ModelError {
  return new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected outputs of '${spec.folder}' in an order that its files tell, got ${listOf(outputs)}`,
    {
      hint: 'Name them in the order of the network in its ddnn.json, features first: { "format": 1, "outputs": ["...", "..."] }; see docs/models.md',
    },
  )
}

function listOf(outputs: readonly ModelOutput[]): string {
  return outputs.map(({ name, shape }) => `${name} (${describeShape(shape)})`).join(', ')
}
