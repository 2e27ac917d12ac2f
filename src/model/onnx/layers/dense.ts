// Dense layers. On vectors a Gemm with the kernel as it is; where the vector is a flattened image, its
// values lie channels first, and the kernel's rows are put in that order instead of turning the image.
import { sizeOf, type Shape } from '../../../domain/tensor.ts'
import type { LayerCall, LayerKind } from '../layer.ts'
import { transpose } from '../transpose.ts'
import type { Value } from '../value.ts'
import { activate, refusesActivation } from './activation.ts'

/** Rows of `[h * w * c, columns]` in the order of `[c, h, w]`. */
export function rowsChannelsFirst(rows: Float32Array, flatOf: Shape): Float32Array {
  const columns = rows.length / sizeOf(flatOf)
  const last = flatOf.length - 1
  const order = [last, ...flatOf.slice(0, -1).keys(), last + 1]
  return transpose(rows, [...flatOf, columns], order).data
}

function onVectors(call: LayerCall, x: Value, units: number): Value {
  const { name, settings, graph, weight } = call
  const { shape, stored } = x
  const flatOf = typeof stored === 'string' ? undefined : stored.flatOf
  const size = shape[0] ?? 1
  // Two calls of a layer may get their vectors in different orders.
  const key = `${name}/kernel${flatOf === undefined ? '' : ` of ${flatOf.join('x')}`}`
  const kernel = graph.floats(key, [size, units], () => {
    const rows = weight('kernel', [size, units])
    return flatOf === undefined ? rows : rowsChannelsFirst(rows, flatOf)
  })
  const bias = settings.boolean('use_bias', true)
    ? [graph.floats(`${name}/bias`, [units], () => weight('bias', [units]))]
    : []
  return {
    name: graph.add('Gemm', [x.name, kernel, ...bias]),
    shape: [units],
    stored: 'plain',
  }
}

/** At each place of a sequence or an image: a convolution whose kernel is one place wide. */
function onPlaces(call: LayerCall, given: Value, units: number): Value {
  const { name, settings, graph, weight } = call
  const x = graph.channelsFirst(given)
  const channels = x.shape.at(-1) ?? 1
  const ones = x.shape.slice(1).map(() => 1)
  const kernel = graph.floats(
    `${name}/kernel`,
    [units, channels, ...ones],
    () => transpose(weight('kernel', [channels, units]), [channels, units], [1, 0]).data,
  )
  const bias = settings.boolean('use_bias', true)
    ? [graph.floats(`${name}/bias`, [units], () => weight('bias', [units]))]
    : []
  const output = graph.add('Conv', [x.name, kernel, ...bias], {
    kernel_shape: { ints: ones },
    strides: { ints: ones },
    dilations: { ints: ones },
    pads: { ints: [...ones, ...ones].map(() => 0) },
    group: { int: 1 },
  })
  return { name: output, shape: [...x.shape.slice(0, -1), units], stored: 'channels-first' }
}

export const denseLayers: Readonly<Record<string, LayerKind>> = {
  Dense: {
    refuses: refusesActivation,
    apply(call) {
      const units = call.settings.number('units')
      const [x] = call.inputs
      const output = x.shape.length === 1 ? onVectors(call, x, units) : onPlaces(call, x, units)
      return activate(call.settings, call.graph, output)
    },
  },
}
