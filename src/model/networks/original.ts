// The original's network (model.py): eight submodels, each with an exit, for any size and number of classes.
// 16 million weights at 180 x 180, nearly all in the first dense layer; not shipped.
import type { CreateNetwork, Part, SymbolicTensor, Tf } from './network.ts'

type Apply = (x: SymbolicTensor) => SymbolicTensor

/** Layers by name; the first weights of each follow from the order of calls. */
function createLayers(tf: Tf, seed: number) {
  let count = 0
  const kernelInitializer = () => tf.initializers.glorotUniform({ seed: seed + count++ })
  const activation = 'relu'
  return {
    norm: (name: string) => tf.layers.batchNormalization({ name }),
    conv: (name: string, filters: number, kernelSize: number) =>
      tf.layers.conv2d({
        name,
        filters,
        kernelSize,
        activation,
        kernelInitializer: kernelInitializer(),
      }),
    pool: (name: string) => tf.layers.maxPooling2d({ name, poolSize: 2 }),
    dropout: (name: string, rate: number) => tf.layers.dropout({ name, rate }),
    flatten: (name: string) => tf.layers.flatten({ name }),
    dense: (name: string, units: number) =>
      tf.layers.dense({ name, units, activation, kernelInitializer: kernelInitializer() }),
    logits: (name: string, units: number) =>
      tf.layers.dense({ name, units, kernelInitializer: kernelInitializer() }),
  }
}

/** Layers one after the other. */
function chain(...layers: readonly { apply(x: SymbolicTensor): unknown }[]): Apply {
  return (x) => layers.reduce((y, layer) => layer.apply(y) as SymbolicTensor, x)
}

/** Parts 1 to 8; shapes are of an image of 180 x 180. The last part's features go to its exit only. */
export const createOriginalNetwork: CreateNetwork = (tf, { classes, seed }) => {
  const { norm, conv, pool, dropout, flatten, dense, logits } = createLayers(tf, seed)
  const bodies: Apply[] = [
    chain(norm('norm_1'), conv('conv_1', 32, 3), pool('pool_1'), dropout('dropout_1', 0.4)), // [89, 89, 32]
    chain(norm('norm_2'), conv('conv_2', 32, 3), pool('pool_2'), dropout('dropout_2', 0.4)), // [43, 43, 32]
    chain(conv('conv_3', 64, 3), norm('norm_3'), pool('pool_3'), dropout('dropout_3', 0.3)), // [20, 20, 64]
    chain(conv('conv_4', 64, 2), norm('norm_4'), pool('pool_4'), dropout('dropout_4', 0.3)), // [9, 9, 64]
    chain(flatten('flatten_5'), dense('dense_5', 1024), dropout('dropout_5', 0.2)), // [1024]
    chain(dense('dense_6', 512), dropout('dropout_6', 0.2)), // [512]
    chain(dense('dense_7', 256), dropout('dropout_7', 0.2)), // [256]
    chain(dense('dense_8', 64), dropout('dropout_8', 0.2)), // [64]
  ]
  const exits: Apply[] = [
    chain(flatten('flatten_1'), dense('exit_1_dense', 32), logits('exit_1', classes)),
    chain(flatten('flatten_2'), dense('exit_2_dense', 32), logits('exit_2', classes)),
    chain(flatten('flatten_3'), logits('exit_3', classes)),
    chain(flatten('flatten_4'), logits('exit_4', classes)),
    chain(logits('exit_5', classes)),
    chain(logits('exit_6', classes)),
    chain(logits('exit_7', classes)),
    chain(logits('exit_8', classes)),
  ]
  const parts = bodies.map((body, i): Part => {
    const exit = exits[i] as Apply
    const isLast = i === bodies.length - 1
    return {
      name: `model_${i + 1}`,
      apply(input) {
        const features = body(input)
        return { features: isLast ? null : features, exits: [exit(features)] }
      },
    }
  })
  return {
    parts,
    recipe: {
      optimizer: 'sgd',
      learningRate: 0.01,
      lossWeights: [0.001, 0.001, 0.01, 0.01, 0.01, 0.01, 0.1, 0.1],
    },
  }
}
