// Pooling over windows, and over all of an image or sequence. An average never counts what is padding.
import type { LayerKind } from '../layer.ts'
import { refusesChannelsFirst } from '../layer.ts'
import { place, refusesPadding, windowOf } from './window.ts'

function overWindows(op: 'MaxPool' | 'AveragePool', rank: 1 | 2): LayerKind {
  return {
    refuses: (settings) => refusesChannelsFirst(settings) ?? refusesPadding(settings),
    apply({ settings, graph, inputs }) {
      const x = graph.channelsFirst(inputs[0])
      const size = settings.numbers('pool_size', rank, 2)
      const { sizes, attributes } = place(windowOf(settings, size, size), x.shape.slice(0, -1))
      const name = graph.add(op, [x.name], attributes)
      return { name, shape: [...sizes, x.shape.at(-1) ?? 1], stored: 'channels-first' }
    },
  }
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
