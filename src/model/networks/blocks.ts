// What the convolutional networks here are built of. Every name and initial weight follows from the order of calls.
import type { Tensor4D } from '@tensorflow/tfjs-core'
import type { Part, SymbolicTensor, Tf } from './network.ts'

export type Apply = (x: SymbolicTensor) => SymbolicTensor

interface ConvOptions {
  readonly strides?: number
  /** 3 where not told. */
  readonly kernelSize?: number
  readonly relu?: boolean
  /** Maximum over 2 x 2 between convolution and normalisation; `whole` leaves out an odd last row and column. */
  readonly pool?: boolean | 'whole'
}

interface SymbolicLayer {
  apply(x: SymbolicTensor): unknown
}

const inTurn =
  (layers: readonly SymbolicLayer[]): Apply =>
  (x) =>
    layers.reduce((y, layer) => layer.apply(y) as SymbolicTensor, x)

interface BlockStyle {
  /** Of batch normalisation's statistics: what a step leaves of them. */
  readonly momentum?: number
  /** Whether batch normalisation has a factor beside its offset. */
  readonly scale?: boolean
  /** Whether convolutions begin by passing their channels on (see `passOn`). */
  readonly passing?: boolean
  /** Of the exits' first kernels, beside Glorot's. */
  readonly exitGain?: number
}

/** Layers of one part, named after it. */
export function createBlocks(
  tf: Tf,
  name: string,
  seed: number,
  { momentum = 0.9, scale = true, passing = false, exitGain = 1 }: BlockStyle = {},
) {
  let count = 0
  const nextName = (kind: string) => `${name}_${kind}${++count}`

  const norm = () =>
    tf.layers.batchNormalization({ momentum, scale, epsilon: 0.001, name: nextName('norm') })
  const rectify = () => tf.layers.reLU({ name: nextName('relu') })

  /** Convolution without bias, batch normalisation, ReLU (unless told). */
  const conv = (filters: number, options: ConvOptions = {}): Apply => {
    const { strides = 1, kernelSize = 3, relu = true, pool = false } = options
    const convolution = tf.layers.conv2d({
      filters,
      kernelSize,
      strides,
      padding: 'same',
      useBias: false,
      kernelInitializer: tf.initializers.heNormal({ seed: seed + count }),
      name: nextName('conv'),
    })
    const layers: SymbolicLayer[] = [passing ? passOn(tf, convolution) : convolution]
    if (pool !== false) {
      const padding = pool === 'whole' ? 'valid' : 'same'
      layers.push(tf.layers.maxPooling2d({ poolSize: 2, padding, name: nextName('pool') }))
    }
    layers.push(norm())
    if (relu) layers.push(rectify())
    return inTurn(layers)
  }

  /** 24 kernels of 2 x 2 that are computed from the training images (Network.whitening), normalised, ReLU. */
  const whitening = (): Apply => {
    const white = tf.layers.conv2d({
      filters: 24,
      kernelSize: 2,
      useBias: false,
      trainable: false,
      kernelInitializer: tf.initializers.heNormal({ seed: seed + 2000 }),
      name: `${name}_white`,
    })
    return inTurn([white, norm(), rectify()])
  }

  /** Two convolutions and a way around them (He et al. 2016). */
  const residual = (filters: number): Apply => {
    const first = conv(filters)
    const second = conv(filters, { relu: false })
    const add = tf.layers.add({ name: nextName('add') })
    const relu = rectify()
    return (x) => relu.apply(add.apply([x, second(first(x))])) as SymbolicTensor
  }

  /** Maximum over 2 x 2; an odd last row or column is left out, so a side of 1 is too small. */
  const maxPool = (): Apply => {
    const layer = tf.layers.maxPooling2d({ poolSize: 2, name: nextName('pool') })
    return (x) => layer.apply(x) as SymbolicTensor
  }

  /** Mean and maximum over the image, side by side, then one dense layer: `[batch, classes]`. */
  const exit = (classes: number, exitName = `${name}_exit`): Apply => {
    const mean = tf.layers.globalAveragePooling2d({ name: `${name}_mean` })
    const max = tf.layers.globalMaxPooling2d({ name: `${name}_max` })
    const join = tf.layers.concatenate({ name: `${name}_pool` })
    const dense = tf.layers.dense({
      units: classes,
      kernelInitializer: tf.initializers.varianceScaling({
        scale: exitGain ** 2,
        mode: 'fanAvg',
        distribution: 'uniform',
        seed: seed + 1000 + count,
      }),
      name: exitName,
    })
    return (x) =>
      dense.apply(join.apply([mean.apply(x), max.apply(x)] as SymbolicTensor[])) as SymbolicTensor
  }

  return { conv, whitening, residual, maxPool, exit }
}

type ConvLayer = ReturnType<Tf['layers']['conv2d']>

/**
 * The first filters of the convolution, as many as its input has channels, begin as the identity (Zagoruyko and
 * Komodakis 2017, "DiracNets"; of part of a layer as in Jordan 2024).
 */
function passOn(tf: Tf, layer: ConvLayer): SymbolicLayer {
  return {
    apply(x) {
      const isNew = !layer.built
      const y = layer.apply(x)
      if (!isNew) return y
      const kernel = layer.getWeights()[0] as Tensor4D
      const [height, width, channels, filters] = kernel.shape
      const values = Float32Array.from(kernel.dataSync())
      const middle = (Math.floor(height / 2) * width + Math.floor(width / 2)) * channels
      for (let place = 0; place < values.length; place++) {
        const filter = place % filters
        if (filter >= channels) continue
        values[place] = Math.floor(place / filters) === middle + filter ? 1 : 0
      }
      tf.tidy(() => layer.setWeights([tf.tensor4d(values, kernel.shape)]))
      return y
    },
  }
}

interface PartLayers {
  /** Up to where the part's ways fork. */
  readonly trunk: readonly Apply[]
  /** From the trunk to the features that travel; none = the trunk's end travels. */
  readonly cut?: readonly Apply[]
  /** From the trunk to the exit's logits. */
  readonly exit: readonly Apply[]
}

const chain = (layers: readonly Apply[], input: SymbolicTensor) =>
  layers.reduce((x, layer) => layer(x), input)

/** A part with one exit; the last has no features. */
export function createPart(name: string, layers: PartLayers, isLast = false): Part {
  return {
    name,
    apply(input) {
      const trunk = chain(layers.trunk, input)
      const features = isLast ? null : chain(layers.cut ?? [], trunk)
      return { features, exits: [chain(layers.exit, trunk)] }
    },
  }
}
