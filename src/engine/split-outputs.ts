// Which output of a submodel is the features, and which are exits. The manifest decides; without one
// the shapes do, as the original's models are laid out: [features, exit logits...].
import type { SubmodelSpec } from '../domain/submodel.ts'
import { describeShape, isSameShape, type Shape } from '../domain/tensor.ts'
import { ModelError } from '../errors.ts'

export interface OutputPlaces {
  /** Index of the features among the outputs; null where every output is an exit. */
  readonly features: number | null
  /** Indexes of the exits, in order. */
  readonly exits: readonly number[]
}

/**
 * Tells the outputs apart. `shapes` are theirs for one sample, in the order of the model.
 * @throws DDNN_MODEL_DAMAGED when they are not [features, exits...] or [exits...], or not the manifest's.
 */
export function splitOutputs(spec: SubmodelSpec, shapes: readonly Shape[]): OutputPlaces {
  const features = spec.features === undefined ? guess(spec, shapes) : find(spec, shapes)
  const exits = [...shapes.keys()].filter((index) => index !== features)
  const odd = exits.find((index) => shapes[index]?.length !== 1)
  if (odd !== undefined) throw unexpected(spec, shapes)
  return { features, exits }
}

/** The features that the manifest speaks of. */
function find(spec: SubmodelSpec, shapes: readonly Shape[]): number | null {
  const { features } = spec
  if (features === null || features === undefined) return null
  // The first one with that shape: a features output as wide as an exit comes first in our files.
  const index = shapes.findIndex((shape) => isSameShape(shape, features))
  if (index === -1) throw unexpected(spec, shapes)
  return index
}

/** No manifest: what is no vector is features, else a first vector whose width no other one has. */
function guess(spec: SubmodelSpec, shapes: readonly Shape[]): number | null {
  const solid = [...shapes.keys()].filter((index) => shapes[index]?.length !== 1)
  if (solid.length > 1) throw unexpected(spec, shapes)
  if (solid.length === 1) return solid[0] as number
  const classes = spec.labels?.length
  const widths = shapes.map((shape) => shape[0] as number)
  const others = widths.slice(1)
  if (others.length === 0 || others.every((width) => width === widths[0])) return null
  if (others.every((width) => width === (classes ?? others[0]))) return 0
  // A SavedModel's outputs come sorted by name, so the odd one may stand anywhere.
  const odd = widths.filter((width) => width !== mostCommon(widths))
  if (odd.length === 1) return widths.indexOf(odd[0] as number)
  throw unexpected(spec, shapes)
}

function mostCommon(values: readonly number[]): number | undefined {
  const count = (value: number) => values.filter((other) => other === value).length
  return [...values].sort((a, b) => count(b) - count(a))[0]
}

function unexpected(spec: SubmodelSpec, shapes: readonly Shape[]): ModelError {
  const wanted =
    spec.features === undefined || spec.features === null
      ? '[features, exits...] or [exits...]'
      : `features of ${describeShape(spec.features)} and exits`
  return new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected outputs of '${spec.folder}' to be ${wanted}, got ${shapes.map(describeShape).join(', ')}`,
    { hint: 'Give the model a ddnn.json that says its features and exits; see docs/models.md' },
  )
}
