// Pooling over windows, and over all of an image or sequence. An average never counts what is padding.
import type { Graph } from '../graph.ts'
import type { LayerKind } from '../layer.ts'
import type { Value } from '../value.ts'
import { refusesChannelsFirst } from '../layer.ts'
import { place, refusesPadding, windowOf } from './window.ts'

function overWindows(op: 'MaxPool' | 'AveragePool', rank: 1 | 2): LayerKind {
  return {
    refuses: (settings) => refusesChannelsFirst(settings) ?? refusesPadding(settings),
    apply({ settings, graph, inputs }) {
      const x = padByConvolution(graph, graph.channelsFirst(inputs[0]))
      const size = settings.numbers('pool_size', rank, 2)
      const { sizes, attributes } = place(windowOf(settings, size, size), x.shape.slice(0, -1))
      const name = graph.add(op, [x.name], attributes)
      return { name, shape: [...sizes, x.shape.at(-1) ?? 1], stored: 'channels-first' }
    },
  }
}

/**
 * Zeros that ZeroPadding2D puts around an image, by a convolution that changes nothing else: onnxruntime
 * joins a Pad to the pooling behind it, where a maximum then no longer sees the zeros (measured, 1.30).
 */
function padByConvolution(graph: Graph, x: Value): Value {
  const pad = graph.nodes.find(({ op, output }) => op === 'Pad' && output === x.name)
  const ends = graph.constants.get(pad?.inputs[1] ?? '')
  if (pad === undefined || ends === undefined || !('ints' in ends)) return x
  const channels = x.shape.at(-1) ?? 1
  const ones = () => new Float32Array(channels).fill(1)
  const name = graph.add(
    'Conv',
    [pad.inputs[0] ?? '', graph.floats('ones', [channels, 1, 1, 1], ones)],
    {
      kernel_shape: { ints: [1, 1] },
      pads: { ints: [...ends.ints.slice(2, 4), ...ends.ints.slice(6, 8)] },
      group: { int: channels },
    },
  )
  return { ...x, name }
}

function overAll(op: 'GlobalMaxPool' | 'GlobalAveragePool'): LayerKind {
  return {
    refuses: (settings) =>
      refusesChannelsFirst(settings) ??
      (settings.get('keepdims') === true ? 'kept axes' : undefined),
    apply({ graph, inputs }) {
      const x = graph.channelsFirst(inputs[0])
      const channels = x.shape.at(-1) ?? 1
      const name = graph.add(op, [x.name])
      const ones = x.shape.slice(1).map(() => 1)
      return graph.flatten({ name, shape: [...ones, channels], stored: 'channels-first' })
    },
  }
}

export const poolingLayers: Readonly<Record<string, LayerKind>> = {
  MaxPooling1D: overWindows('MaxPool', 1),
  MaxPooling2D: overWindows('MaxPool', 2),
  AveragePooling1D: overWindows('AveragePool', 1),
  AveragePooling2D: overWindows('AveragePool', 2),
  GlobalMaxPooling1D: overAll('GlobalMaxPool'),
  GlobalMaxPooling2D: overAll('GlobalMaxPool'),
  GlobalAveragePooling1D: overAll('GlobalAveragePool'),
  GlobalAveragePooling2D: overAll('GlobalAveragePool'),
}
