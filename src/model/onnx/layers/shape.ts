// Layers that move values and change none: of vectors and shapes here, of images in image.ts.
import { sizeOf, type Shape } from '../../../domain/tensor.ts'
import { ModelError } from '../../../errors.ts'
import type { LayerKind } from '../layer.ts'
import { refusesChannelsFirst } from '../layer.ts'

/** What training alone does: nothing is left of it. */
const nothing: LayerKind = { apply: ({ inputs }) => inputs[0] }

const flatten: LayerKind = {
  refuses: refusesChannelsFirst,
  apply: ({ graph, inputs }) => graph.flatten(inputs[0]),
}

const reshape: LayerKind = {
  apply({ name, settings, graph, inputs }) {
    const [x] = inputs
    const target = settings.list('target_shape')
    const known = target.reduce((size, axis) => (axis < 0 ? size : size * axis), 1)
    const shape = target.map((axis) => (axis < 0 ? sizeOf(x.shape) / known : axis))
    if (sizeOf(shape) !== sizeOf(x.shape)) throw unfit(name, x.shape, target)
    return graph.reshape(x, shape)
  },
}

function unfit(name: string, from: Shape, to: Shape): ModelError {
  return new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected layer '${name}' to give as many values as it gets, got ${from.join('x')} to ${to.join('x')}`,
    { hint: 'Copy the model folder again, or train it again with `ddnn train`' },
  )
}

const permute: LayerKind = {
  apply({ settings, graph, inputs }) {
    const x = graph.plain(inputs[0])
    const order = settings.list('dims')
    const name = graph.add('Transpose', [x.name], { perm: { ints: [0, ...order] } })
    return { name, shape: order.map((axis) => x.shape[axis - 1] ?? 0), stored: 'plain' }
  },
}

const repeatVector: LayerKind = {
  apply({ settings, graph, inputs }) {
    const count = settings.number('n')
    const size = inputs[0].shape[0] ?? 1
    const row = graph.reshape(inputs[0], [1, size])
    const name = graph.add('Tile', [row.name, graph.ints([1, count, 1])])
    return { name, shape: [count, size], stored: 'plain' }
  },
}

export const shapeLayers: Readonly<Record<string, LayerKind>> = {
  Dropout: nothing,
  SpatialDropout1D: nothing,
  SpatialDropout2D: nothing,
  AlphaDropout: nothing,
  GaussianDropout: nothing,
  GaussianNoise: nothing,
  ActivityRegularization: nothing,
  Flatten: flatten,
  Reshape: reshape,
  Permute: permute,
  RepeatVector: repeatVector,
}
