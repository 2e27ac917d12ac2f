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

/**
 * tfjs measures from the corner of a pixel's square, neither from its centre nor between the outer ones; Keras
 * from its centre, which is said where Keras wrote the model.
 */
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
    const isHalf = settings.boolean('half_pixel_centers', false)
    const scales = [1, 1, rows, columns]
    const factors = graph.floats(`factors ${scales.join(',')}`, [4], () =>
      Float32Array.from(scales),
    )
    const name = graph.add('Resize', [x.name, '', factors], {
      coordinate_transformation_mode: { text: isHalf ? 'half_pixel' : 'asymmetric' },
      mode: { text: isNearest ? 'nearest' : 'linear' },
      nearest_mode: { text: 'floor' },
    })
    const [height = 1, width = 1, channels = 1] = x.shape
    return { ...x, name, shape: [height * rows, width * columns, channels] }
  },
}

/** The middle of an image, as Keras cuts it out; it enlarges what is smaller, which is not known here. */
const centerCrop: LayerKind = {
  refuses: refusesChannelsFirst,
  apply({ settings, graph, inputs, refusal }) {
    const x = graph.channelsFirst(inputs[0])
    const [height = 1, width = 1, channels = 1] = x.shape
    const wanted = [settings.number('height'), settings.number('width')]
    const starts = wanted.map((size, i) => Math.floor(((i === 0 ? height : width) - size) / 2))
    if (starts.some((start) => start < 0)) throw refusal('an image smaller than its output')
    const ends = starts.map((start, i) => start + (wanted[i] ?? 0))
    const name = graph.add('Slice', [
      x.name,
      graph.ints(starts),
      graph.ints(ends),
      graph.ints([2, 3]),
    ])
    return { ...x, name, shape: [...wanted, channels] }
  },
}

/** From the centres of pixels, without antialiasing: tf.image.resize. */
const resizing: LayerKind = {
  refuses: (settings) => {
    const way = settings.get('interpolation') ?? 'bilinear'
    const kept = ['crop_to_aspect_ratio', 'pad_to_aspect_ratio', 'antialias']
    return (
      refusesChannelsFirst(settings) ??
      kept.find((setting) => settings.boolean(setting, false)) ??
      (way === 'nearest' || way === 'bilinear' ? undefined : `interpolation ${JSON.stringify(way)}`)
    )
  },
  apply({ settings, graph, inputs }) {
    const x = graph.channelsFirst(inputs[0])
    const [height, width] = [settings.number('height'), settings.number('width')]
    const channels = x.shape.at(-1) ?? 1
    const [rows = 1, columns = 1] = x.shape
    const shape = [height, width, channels]
    if (settings.text('interpolation', 'bilinear') === 'nearest') {
      const picked = graph.add('Gather', [x.name, graph.ints(nearest(rows, height))], {
        axis: { int: 2 },
      })
      const name = graph.add('Gather', [picked, graph.ints(nearest(columns, width))], {
        axis: { int: 3 },
      })
      return { ...x, name, shape }
    }
    const scales = [1, 1, factorTo(rows, height), factorTo(columns, width)]
    const factors = graph.floats(`factors ${scales.join(',')}`, [4], () =>
      Float32Array.from(scales),
    )
    const name = graph.add('Resize', [x.name, '', factors], {
      coordinate_transformation_mode: { text: 'half_pixel' },
      mode: { text: 'linear' },
    })
    return { ...x, name, shape }
  },
}

/** Which rows are taken: that under the centre of each new one, in float32 as TensorFlow counts. */
function nearest(from: number, to: number): readonly number[] {
  const scale = Math.fround(from / to)
  return Array.from({ length: to }, (_, i) =>
    Math.min(Math.floor(Math.fround(Math.fround(i + 0.5) * scale)), from - 1),
  )
}

/** ONNX rounds the size down: a factor in float32 that is a little short would lose a row. */
function factorTo(from: number, to: number): number {
  const factor = Math.fround(to / from)
  return Math.floor(factor * from) === to ? factor : factor * (1 + 2 ** -22)
}

export const imageLayers: Readonly<Record<string, LayerKind>> = {
  ZeroPadding2D: zeroPadding2d,
  Cropping2D: cropping2d,
  UpSampling2D: upSampling2d,
  CenterCrop: centerCrop,
  Resizing: resizing,
}
