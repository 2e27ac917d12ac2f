// A network of one's own for `ddnn train --model-module recipes/two-tier-network.mjs`: two parts, near and
// far, each with an exit. Copy it and change what is between the cuts. docs/modules.md says what each field is.

/** @type {import('../docs/examples/model-module.d.ts').CreateNetwork} */
export function createNetwork(tf, { classes, seed }) {
  return {
    parts: [
      createPart(tf, { name: 'near', filters: 8, classes, seed, isLast: false }),
      createPart(tf, { name: 'far', filters: 16, classes, seed: seed + 2, isLast: true }),
    ],
    // Fields that are left out have their defaults, and a recipe file changes what it names.
    recipe: {
      learningRate: 0.01,
      lossWeights: [0.5, 1], // of near's exit and of far's
      distillation: 0.5, // near learns half from the label, half from far
      augmentation: { mirror: true, shift: 0.1 },
    },
  }
}

/** One part. Its layers are made here, once; `apply` is called many times and always uses the same. */
function createPart(tf, { name, filters, classes, seed, isLast }) {
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
    units: classes, // logits: no softmax
    kernelInitializer: tf.initializers.glorotUniform({ seed: seed + 1 }),
  })
  return {
    name,
    apply(input) {
      const features = conv.apply(input) // [batch, height / 2, width / 2, filters]
      const logits = exit.apply(pool.apply(features)) // [batch, classes]
      return { features: isLast ? null : features, exits: [logits] }
    },
  }
}
