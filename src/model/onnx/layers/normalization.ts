// Normalisation. With the statistics of training, batch normalisation is a factor and a summand a channel:
// computed here in float64, and folded into a neighbour by fold-affine.ts. Layer normalisation measures
// each sample.
import { affine, type Graph } from '../graph.ts'
import type { LayerCall, LayerKind } from '../layer.ts'
import { storedAxis, type Value } from '../value.ts'
import { rowsChannelsFirst } from './dense.ts'

/** value * scale + shift along an axis of the model. */
function addAffine(
  graph: Graph,
  x: Value,
  axis: number,
  name: string,
  [scale, shift]: readonly [Float32Array, Float32Array],
): Value {
  const { stored } = x
  const inOrder = (values: Float32Array) =>
    typeof stored === 'string' ? values : rowsChannelsFirst(values, stored.flatOf)
  const key = typeof stored === 'string' ? name : `${name} of ${stored.flatOf.join('x')}`
  const constants = [
    graph.floats(`${key}/scale`, [scale.length], () => inOrder(scale)),
    graph.floats(`${key}/shift`, [shift.length], () => inOrder(shift)),
  ]
  const output = graph.add(affine, [x.name, ...constants], {
    axis: { int: storedAxis(x, axis) },
    // Axes behind it, batch not counted.
    rank: { int: x.shape.length },
  })
  return { ...x, name: output }
}

const batchNormalization: LayerKind = {
  apply({ name, settings, graph, inputs, weight }) {
    const x = graph.channelsFirst(inputs[0])
    const given = settings.number('axis', -1)
    const axis = given < 0 ? given + x.shape.length + 1 : given
    const size = x.shape[axis - 1] ?? 0
    const epsilon = settings.number('epsilon', 1e-3)
    const mean = weight('moving_mean', [size])
    const variance = weight('moving_variance', [size])
    const gamma = settings.boolean('scale', true) ? weight('gamma', [size]) : undefined
    const beta = settings.boolean('center', true) ? weight('beta', [size]) : undefined
    const scale = new Float64Array(size).map(
      (_, i) => (gamma?.[i] ?? 1) / Math.sqrt((variance[i] as number) + epsilon),
    )
    const shift = scale.map((factor, i) => (beta?.[i] ?? 0) - (mean[i] as number) * factor)
    return addAffine(graph, x, axis, name, [Float32Array.from(scale), Float32Array.from(shift)])
  },
}

/** Values times a number plus a number, or one of each a channel. */
const rescaling: LayerKind = {
  apply({ name, settings, graph, inputs }) {
    const x = graph.channelsFirst(inputs[0])
    const size = x.shape.at(-1) ?? 1
    const scale = Float32Array.from(settings.numbers('scale', size))
    const shift = Float32Array.from(settings.numbers('offset', size, 0))
    return addAffine(graph, x, x.shape.length, name, [scale, shift])
  },
}

/** The axes that it measures over, from the first on; undefined where they are not the last ones. */
function measuredFrom({ settings, inputs }: LayerCall): number | undefined {
  const rank = inputs[0].shape.length
  const given = settings.get('axis') === undefined ? [-1] : settings.list('axis')
  const axes = given.map((axis) => (axis < 0 ? axis + rank + 1 : axis)).sort((a, b) => a - b)
  const isLast = axes.every((axis, i) => axis === rank + 1 - axes.length + i)
  return isLast ? axes[0] : undefined
}

const layerNormalization: LayerKind = {
  apply(call) {
    const { name, settings, graph, inputs, weight } = call
    const x = graph.plain(inputs[0])
    const axis = measuredFrom(call)
    if (axis === undefined) throw call.refusal('axes that are not the last ones')
    const shape = x.shape.slice(axis - 1)
    const ones = () => new Float32Array(shape.reduce((size, next) => size * next, 1)).fill(1)
    const gamma = graph.floats(`${name}/gamma`, shape, () =>
      settings.boolean('scale', true) ? weight('gamma', shape) : ones(),
    )
    const beta = settings.boolean('center', true)
      ? [graph.floats(`${name}/beta`, shape, () => weight('beta', shape))]
      : []
    const output = graph.add('LayerNormalization', [x.name, gamma, ...beta], {
      axis: { int: axis },
      epsilon: { float: settings.number('epsilon', 1e-3) },
    })
    return { ...x, name: output }
  },
}

export const normalizationLayers: Readonly<Record<string, LayerKind>> = {
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  Rescaling: rescaling,
}
