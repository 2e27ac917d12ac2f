// What a submodel costs to run: multiply-adds of its convolutions and dense layers, counted from the shapes.
// Normalisation, pooling and activations are left out, as the literature does: they are a few per cent.
import { describeShape, sizeOf, type Shape } from '../domain/tensor.ts'
import type { LayersModel, Submodel } from './networks/network.ts'

type Layer = LayersModel['layers'][number]

/** Layers that apply every kernel once for each place of their output. */
const perOutput = new Set([
  'Conv1D',
  'Conv2D',
  'Conv3D',
  'DepthwiseConv2D',
  'SeparableConv2D',
  'Dense',
])
/** Layers that apply it once for each place of their input. */
const perInput = new Set(['Conv2DTranspose', 'Conv3DTranspose'])

/** Multiply-adds of one sample. A layer that the model calls twice counts twice. */
export function multiplyAdds(model: LayersModel): number {
  return model.layers.reduce((sum, layer) => sum + layerMultiplyAdds(model, layer), 0)
}

function layerMultiplyAdds(model: LayersModel, layer: Layer): number {
  return callsIn(model, layer).reduce(
    (sum, { inputShapes, outputShapes }) =>
      sum + callMultiplyAdds(layer, inputShapes as Shape[], outputShapes as Shape[]),
    0,
  )
}

/** Multiply-adds of one sample in one call of a layer; shapes have the batch axis. */
export function callMultiplyAdds(
  layer: Layer,
  inputShapes: readonly (readonly (number | null)[])[],
  outputShapes: readonly (readonly (number | null)[])[],
): number {
  const kind = layer.getClassName()
  if (!perOutput.has(kind) && !perInput.has(kind)) return 0
  const kernels = layer.getWeights().filter(({ rank }) => rank > 1)
  const size = kernels.reduce((sum, kernel) => sum + kernel.size, 0)
  const [shape] = perInput.has(kind) ? inputShapes : outputShapes
  return size * placesOf(shape as Shape)
}

/** A layer is shared by several models; these are its calls in one of them. */
function callsIn(model: LayersModel, layer: Layer): Layer['inboundNodes'] {
  return layer.inboundNodes.filter((_, i) => model.containerNodes.has(`${layer.name}_ib-${i}`))
}

/** Positions of a shape with batch and channel axes. */
function placesOf(shape: Shape): number {
  return sizeOf(shape.slice(1, -1))
}

/** What one submodel costs, for people. */
export interface SubmodelCost {
  readonly name: string
  /** Millions of multiply-adds of one sample. */
  readonly multiplyAddsM: number
  /** Of the family's multiply-adds, per cent. */
  readonly sharePercent: number
  readonly weights: number
  /** Features of one sample, '12x12x56'; absent in the last submodel. */
  readonly features?: string
  /** The same as int8, kB of 1000 bytes. */
  readonly featuresInt8Kb?: number
}

/** The costs of a family's submodels, in order. */
export function costsOf(submodels: readonly Submodel[]): SubmodelCost[] {
  const counts = submodels.map(({ model }) => multiplyAdds(model))
  const total = counts.reduce((sum, count) => sum + count, 0)
  return submodels.map(({ name, model, features }, i) => {
    const count = counts[i] as number
    return {
      name,
      multiplyAddsM: roundTo(count / 1e6, 2),
      sharePercent: roundTo((100 * count) / total, 1),
      weights: model.countParams(),
      ...(features === null
        ? {}
        : {
            features: describeShape(features),
            featuresInt8Kb: roundTo(sizeOf(features) / 1000, 2),
          }),
    }
  })
}

function roundTo(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits
}
