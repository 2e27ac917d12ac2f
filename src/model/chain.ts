// Whether submodels fit each other: checked over the manifests before an engine starts, and again
// over the shapes that the loaded models report. Pure.
import type { ExitSpec, SubmodelSpec } from '../domain/submodel.ts'
import { describeShape, isSameShape, type Shape } from '../domain/tensor.ts'
import { ModelError } from '../errors.ts'

/** Shapes of a loaded submodel, without the batch axis, as the engines report them. */
export interface LoadedShapes {
  readonly input: Shape
  /** null where every output is an exit. */
  readonly features: Shape | null
  /** Classes of each exit. */
  readonly exits: readonly number[]
}

/**
 * Checks submodels that run one after the other in one process. What manifests do not say is left to
 * `shapes`, where given: one a submodel, in the same order.
 * @throws DDNN_MODEL_DAMAGED when a loaded model is not what its own manifest says.
 * @throws DDNN_MODEL_MISMATCH when two submodels are of different families or labels.
 * @throws DDNN_MODEL_CHAIN when their order is wrong, or features do not fit the next input.
 */
export function checkChain(specs: readonly SubmodelSpec[], shapes?: readonly LoadedShapes[]): void {
  for (const [index, spec] of specs.entries()) {
    checkExits(spec)
    const loaded = shapes?.[index]
    if (loaded !== undefined) checkLoaded(spec, loaded)
  }
  for (const [index, next] of specs.entries()) {
    const spec = specs[index - 1]
    if (spec === undefined) continue
    checkFamily(spec, next)
    checkPlace(spec, next)
    const loaded = shapes?.[index - 1]
    const features = loaded === undefined ? spec.features : loaded.features
    checkFit(spec, features, next, shapes?.[index]?.input ?? next.input)
  }
}

function checkExits(spec: SubmodelSpec): void {
  const { exits, place, features } = spec
  const indexes = exits?.map((exit) => exit.index) ?? []
  const isOdd = (value: number | undefined, before: number | undefined) =>
    value !== undefined && before !== undefined && value !== before + 1
  if (indexes.some((value, i) => i > 0 && isOdd(value, indexes[i - 1]))) {
    throw damaged(spec, `exits numbered in order without gaps, got ${indexes.join(', ')}`)
  }
  for (const [i, exit] of (exits ?? []).entries()) checkMemory(spec, i, exit)
  if (place === undefined) return
  if (place.index >= place.count) {
    throw damaged(spec, `a place from 0 to ${place.count - 1}, got ${place.index}`)
  }
  const isLast = place.index === place.count - 1
  if (features === null && !isLast) {
    throw damaged(spec, `features, as place ${place.index + 1} of ${place.count} has, got none`)
  }
}

/** What an exit remembers, against its place and the labels. */
function checkMemory(spec: SubmodelSpec, at: number, { index, memory }: ExitSpec): void {
  if (memory === undefined) return
  const { weights, bias } = memory
  const where = `in the memory of exits[${at}]`
  if (index === undefined)
    throw damaged(spec, `an index beside the memory of exits[${at}], got none`)
  if (weights.length !== index + 1) {
    throw damaged(spec, `${index + 1} weights ${where}, got ${weights.length}`)
  }
  const classes = spec.labels?.length ?? bias.length
  if (bias.length !== classes) {
    throw damaged(spec, `a bias for ${classes} classes ${where}, got ${bias.length}`)
  }
}

/** The manifest against the model beside it. */
function checkLoaded(spec: SubmodelSpec, loaded: LoadedShapes): void {
  checkInput(spec, loaded.input)
  const { features } = spec
  if (features !== undefined && describe(features) !== describe(loaded.features)) {
    throw damaged(
      spec,
      `${describe(features)} features, got ${describe(loaded.features)} from the model`,
    )
  }
  if (spec.exits !== undefined && spec.exits.length !== loaded.exits.length) {
    throw damaged(spec, `${spec.exits.length} exits, got ${loaded.exits.length} from the model`)
  }
  for (const [i, { memory }] of (spec.exits ?? []).entries()) {
    const biases = memory?.bias.length ?? loaded.exits[i]
    if (biases !== loaded.exits[i]) {
      throw damaged(spec, `${biases} classes, as the memory of exits[${i}], got ${loaded.exits[i]}`)
    }
  }
  const classes = spec.labels?.length
  const odd = loaded.exits.find((count) => classes !== undefined && count !== classes)
  if (odd !== undefined) {
    throw damaged(spec, `${classes} classes, as it has labels, got ${odd} from the model`)
  }
}

/** @param loaded as the engines report it: an image's channels last. @throws DDNN_MODEL_DAMAGED */
export function checkInput(spec: SubmodelSpec, loaded: Shape): void {
  if (spec.input === undefined || isInputSaid(spec, spec.input, loaded)) return
  throw damaged(
    spec,
    `an input of ${describeShape(spec.input)}, got ${describeShape(loaded)} from the model`,
  )
}

/** With a layout the manifest may say the model's own shape, where images are turned or made gray for it. */
function isInputSaid({ layout }: SubmodelSpec, said: Shape, loaded: Shape): boolean {
  if (isSameShape(said, loaded)) return true
  const [first = 0, second = 0, third = 0] = said
  if (layout === undefined || said.length !== 3) return false
  const [height, width, channels] =
    layout === 'nchw' && !isSameShape([first, second], loaded.slice(0, 2))
      ? [second, third, first]
      : [first, second, third]
  const colours = channels === 1 ? loaded[2] : channels
  return isSameShape([height, width, colours ?? 0], loaded)
}

function checkFamily(spec: SubmodelSpec, next: SubmodelSpec): void {
  if (spec.family !== undefined && next.family !== undefined && spec.family !== next.family) {
    throw new ModelError(
      'DDNN_MODEL_MISMATCH',
      `Expected '${spec.name}' and '${next.name}' to be of one family, got ${spec.family} and ${next.family}`,
      { hint: 'Use submodels that were trained together' },
    )
  }
  if (spec.labels === undefined || next.labels === undefined) return
  if (JSON.stringify(spec.labels) !== JSON.stringify(next.labels)) {
    throw new ModelError(
      'DDNN_MODEL_MISMATCH',
      `Expected '${spec.name}' and '${next.name}' to have the same labels in the same order, got ${spec.labels.join(', ')} and ${next.labels.join(', ')}`,
      { hint: 'Use submodels that were trained together' },
    )
  }
}

function checkPlace(spec: SubmodelSpec, next: SubmodelSpec): void {
  if (spec.place === undefined || next.place === undefined) return
  if (next.place.index === spec.place.index + 1 && next.place.count === spec.place.count) return
  const { index, count } = next.place
  throw new ModelError(
    'DDNN_MODEL_CHAIN',
    `Expected '${next.name}' after '${spec.name}' to be submodel ${spec.place.index + 2} of ${spec.place.count}, got ${index + 1} of ${count}`,
    { hint: 'Name the submodels in the order of the network, without leaving one out' },
  )
}

function checkFit(
  spec: SubmodelSpec,
  features: Shape | null | undefined,
  next: SubmodelSpec,
  input: Shape | undefined,
): void {
  if (features === null) {
    throw new ModelError(
      'DDNN_MODEL_CHAIN',
      `Expected '${spec.name}' to give features for '${next.name}', got exits only`,
      { hint: `'${spec.name}' ends its network: put it last` },
    )
  }
  if (features === undefined || input === undefined || isSameShape(features, input)) return
  throw new ModelError(
    'DDNN_MODEL_CHAIN',
    `Expected features of '${spec.name}' (${describeShape(features)}) to fit the input of '${next.name}' (${describeShape(input)})`,
    { hint: 'Name the submodels in the order of the network, all of one family' },
  )
}

function describe(features: Shape | null): string {
  return features === null ? 'no' : describeShape(features)
}

function damaged(spec: SubmodelSpec, what: string): ModelError {
  return new ModelError('DDNN_MODEL_DAMAGED', `Expected '${spec.folder}' to have ${what}`, {
    hint: 'Its manifest and its weights are not of one training: copy or train the model again',
  })
}
