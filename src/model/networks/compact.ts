// The compact early-exit network for small colour images (180 x 180 by default): edge, fog, cloud in
// about 0.7 million weights. Few, fat operations, since each one costs tfjs a fixed time, and a narrow cut
// after the edge, since its features travel: 12 x 12 x 56 numbers for an image of 180 x 180.
import type { CreateNetwork, Part, SymbolicTensor, Tf } from './network.ts'

type Apply = (x: SymbolicTensor) => SymbolicTensor

/** Layers of the compact network; every name and initial weight follows from the order of calls. */
function createBlocks(tf: Tf, name: string, seed: number) {
  let count = 0
  const nextName = (kind: string) => `${name}_${kind}${++count}`

  /** Conv 3 x 3 without bias, batch normalisation, ReLU (unless told). */
  const conv = (filters: number, strides = 1, relu = true): Apply => {
    const convolution = tf.layers.conv2d({
      filters,
      kernelSize: 3,
      strides,
      padding: 'same',
      useBias: false,
      kernelInitializer: tf.initializers.heNormal({ seed: seed + count }),
      name: nextName('conv'),
    })
    const norm = tf.layers.batchNormalization({
      momentum: 0.9,
      epsilon: 0.001,
      name: nextName('norm'),
    })
    const activation = relu ? tf.layers.reLU({ name: nextName('relu') }) : undefined
    return (x) => {
      const y = norm.apply(convolution.apply(x)) as SymbolicTensor
      return activation === undefined ? y : (activation.apply(y) as SymbolicTensor)
    }
  }

  /** Two convolutions and a way around them (He et al. 2016). */
  const residual = (filters: number): Apply => {
    const first = conv(filters)
    const second = conv(filters, 1, false)
    const add = tf.layers.add({ name: nextName('add') })
    const relu = tf.layers.reLU({ name: nextName('relu') })
    return (x) => relu.apply(add.apply([x, second(first(x))])) as SymbolicTensor
  }

  /** Mean and maximum over the image, side by side, then one dense layer: `[batch, classes]`. */
  const exit = (classes: number): Apply => {
    const mean = tf.layers.globalAveragePooling2d({ name: `${name}_mean` })
    const max = tf.layers.globalMaxPooling2d({ name: `${name}_max` })
    const join = tf.layers.concatenate({ name: `${name}_pool` })
    const dense = tf.layers.dense({
      units: classes,
      kernelInitializer: tf.initializers.glorotUniform({ seed: seed + 1000 + count }),
      name: `${name}_exit`,
    })
    return (x) =>
      dense.apply(join.apply([mean.apply(x), max.apply(x)] as SymbolicTensor[])) as SymbolicTensor
  }

  return { conv, residual, exit }
}

function createPart(name: string, layers: readonly Apply[], exit: Apply, isLast: boolean): Part {
  return {
    name,
    apply(input) {
      const features = layers.reduce((x, layer) => layer(x), input)
      return { features: isLast ? null : features, exits: [exit(features)] }
    },
  }
}

/** Shapes are of an image of 180 x 180; multiply-adds in millions: edge 32, fog 31, cloud 52. */
export const createCompactNetwork: CreateNetwork = (tf, { classes, seed }) => {
  const edge = createBlocks(tf, 'edge', seed)
  const fog = createBlocks(tf, 'fog', seed + 100)
  const cloud = createBlocks(tf, 'cloud', seed + 200)
  const parts = [
    createPart(
      'edge',
      [
        edge.conv(16, 2), // [90, 90, 16]
        edge.conv(32, 2), // [45, 45, 32]
        edge.conv(48, 2), // [23, 23, 48]
        edge.conv(56, 2), // [12, 12, 56]
        edge.residual(56), // [12, 12, 56]
      ],
      edge.exit(classes),
      false,
    ),
    createPart(
      'fog',
      [
        fog.conv(96), // [12, 12, 96]
        fog.residual(96), // [12, 12, 96]
      ],
      fog.exit(classes),
      false,
    ),
    createPart(
      'cloud',
      [
        cloud.conv(120), // [12, 12, 120]
        cloud.residual(120), // [12, 12, 120]
      ],
      cloud.exit(classes),
      true,
    ),
  ]
  return {
    parts,
    recipe: {
      optimizer: 'adamw',
      learningRate: 0.002,
      lossWeights: [0.3, 0.45, 1],
      labelSmoothing: 0.1,
      distillation: 0.5,
      augmentation: true,
      mixup: 0.2,
      averageDecay: 0.995,
    },
  }
}
