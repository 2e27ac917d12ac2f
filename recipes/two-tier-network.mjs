// A network of one's own for `ddnn train --model-module recipes/two-tier-network.mjs`: two parts, near and
// far, each with an exit. Copy it and change what is between the cuts.

/**
 * @param {object} tf tfjs-core and tfjs-layers
 * @param {{ height: number, width: number, classes: number, seed: number }} options
 */
export function createNetwork(tf, { classes, seed }) {
  return {
    parts: [createPart(tf, 'near', 8, classes, seed), createPart(tf, 'far', 16, classes, seed + 2)],
    recipe: {
      optimizer: 'adamw',
      learningRate: 0.01,
      lossWeights: [0.5, 1],
      labelSmoothing: 0,
      distillation: 0.5,
      augmentation: true,
      mixup: 0,
      averageDecay: 0.99,
    },
  }
}

/** One part. Its layers are made here, once; `apply` may be called many times and always uses the same. */
function createPart(tf, name, filters, classes, seed) {
  const conv = tf.layers.conv2d({
    name: `${name}_conv`,
    filters,
    kernelSize: 3,
    strides: 2,
    padding: 'same',
    activation: 'relu',
    kernelInitializer: tf.initializers.heNormal({ seed }),
  })
  const pool = tf.layers.globalAveragePooling2d({ name: `${name}_pool` })
  const exit = tf.layers.dense({
    name: `${name}_exit`,
    units: classes,
    kernelInitializer: tf.initializers.glorotUniform({ seed: seed + 1 }),
  })
  const isLast = name === 'far'
  return {
    name,
    apply(input) {
      const features = conv.apply(input)
      return { features: isLast ? null : features, exits: [exit.apply(pool.apply(features))] }
    },
  }
}
