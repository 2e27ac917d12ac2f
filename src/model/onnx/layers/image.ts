// Layers that change the size of an image, and nothing else: more at its borders, less, or each place
// several times.
import type { LayerKind } from '../layer.ts'
import { refusesChannelsFirst } from '../layer.ts'
import type { Shape } from '../../../domain/tensor.ts'

function resized(
  [height = 1, width = 1, channels = 1]: Shape,
  rows: number,
  columns: number,
): Shape {
  return [height + rows, width + columns, channels]
}

const zeroPadding2d: LayerKind = {
  refuses: refusesChannelsFirst,
  apply({ settings, graph, inputs }) {
    const x = graph.channelsFirst(inputs[0])
    const [top, bottom, left, right] = settings.borders('padding', 1)
    const pads = graph.ints([0, 0, top, left, 0, 0, bottom, right])
    const name = graph.add('Pad', [x.name, pads])
    return { ...x, name, shape: resized(x.shape, top + bottom, left + right) }
  },
}

const cropping2d: LayerKind = {
  refuses: refusesChannelsFirst,
  apply({ settings, graph, inputs }) {
    const x = graph.channelsFirst(inputs[0])
    const [top, bottom, left, right] = settings.borders('cropping', 0)
    const [height = 1, width = 1] = x.shape
    const starts = graph.ints([top, left])
    const ends = graph.ints([height - bottom, width - right])
    const name = graph.add('Slice', [x.name, starts, ends, graph.ints([2, 3])])
    return { ...x, name, shape: resized(x.shape, -top - bottom, -left - right) }
  },
}

/** tfjs measures from the corner of a pixel's square, neither from its centre nor between the outer ones. */
const upSampling2d: LayerKind = {
  refuses: (settings) => {
    const way = settings.get('interpolation') ?? 'nearest'
    const isKnown = way === 'nearest' || way === 'bilinear'
    return (
      refusesChannelsFirst(settings) ??
      (isKnown ? undefined : `interpolation ${JSON.stringify(way)}`)
    )
  },
  apply({ settings, graph, inputs }) {
    const x = graph.channelsFirst(inputs[0])
    const [rows = 1, columns = 1] = settings.numbers('size', 2, 2)
    const isNearest = settings.text('interpolation', 'nearest') === 'nearest'
    const scales = [1, 1, rows, columns]
    const factors = graph.floats(`factors ${scales.join(',')}`, [4], () =>
      Float32Array.from(scales),
    )
    const name = graph.add('Resize', [x.name, '', factors], {
      coordinate_transformation_mode: { text: 'asymmetric' },
      mode: { text: isNearest ? 'nearest' : 'linear' },
      nearest_mode: { text: 'floor' },
    })
    const [height = 1, width = 1, channels = 1] = x.shape
    return { ...x, name, shape: [height * rows, width * columns, channels] }
  },
}

export const imageLayers: Readonly<Record<string, LayerKind>> = {
  ZeroPadding2D: zeroPadding2d,
  Cropping2D: cropping2d,
  UpSampling2D: upSampling2d,
}
