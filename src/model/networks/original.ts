// The original's network (model.py): eight submodels, each with an exit, for any size and number of classes.
// 16 million weights at 180 x 180, nearly all in the first dense layer; not shipped.
import type { CreateNetwork, Part, SymbolicTensor, Tf } from './network.ts'

type Apply = (x: SymbolicTensor) => SymbolicTensor

const partNames = Array.from({ length: 8 }, (_, i) => `model_${i + 1}`)

function createBlocks(tf: Tf, seed: number) {
  let count = 0
  const initializer = () => tf.initializers.glorotUniform({ seed: seed + count++ })
  const chain =
    (layers: readonly { apply(x: SymbolicTensor): unknown }[]): Apply =>
    (x) =>
      layers.reduce((y, layer) => layer.apply(y) as SymbolicTensor, x)
  const norm = () => tf.layers.batchNormalization({})
  const conv = (filters: number, kernelSize: number) =>
    tf.layers.conv2d({ filters, kernelSize, activation: 'relu', kernelInitializer: initializer() })
  const pool = () => tf.layers.maxPooling2d({ poolSize: 2 })
  const dropout = (rate: number) => tf.layers.dropout({ rate })
  const flatten = () => tf.layers.flatten()
  const dense = (units: number) =>
    tf.layers.dense({ units, activation: 'relu', kernelInitializer: initializer() })
  const exit = (units: number, name: string) =>
    tf.layers.dense({ units, name, kernelInitializer: initializer() })
  return { chain, norm, conv, pool, dropout, flatten, dense, exit }
}

/** Parts 1 to 8; shapes are of an image of 180 x 180. */
export const createOriginalNetwork: CreateNetwork = (tf, { classes, seed }) => {
  const { chain, norm, conv, pool, dropout, flatten, dense, exit } = createBlocks(tf, seed)
  const logits = (part: number) => exit(classes, `exit_${part}`)
  const bodies = [
    chain([norm(), conv(32, 3), pool(), dropout(0.4)]), // [89, 89, 32]
    chain([norm(), conv(32, 3), pool(), dropout(0.4)]), // [43, 43, 32]
    chain([conv(64, 3), norm(), pool(), dropout(0.3)]), // [20, 20, 64]
    chain([conv(64, 2), norm(), pool(), dropout(0.3)]), // [9, 9, 64]
    chain([flatten(), dense(1024), dropout(0.2)]), // [1024]
    chain([dense(512), dropout(0.2)]), // [512]
    chain([dense(256), dropout(0.2)]), // [256]
    chain([dense(64), dropout(0.2)]), // [64], goes to the last exit only
  ]
  const exits = [
    chain([flatten(), dense(32), logits(1)]),
    chain([flatten(), dense(32), logits(2)]),
    chain([flatten(), logits(3)]),
    chain([flatten(), logits(4)]),
    chain([logits(5)]),
    chain([logits(6)]),
    chain([logits(7)]),
    chain([logits(8)]),
  ]
  const parts: Part[] = partNames.map((name, i) => ({
    name,
    apply(input) {
      const features = (bodies[i] as Apply)(input)
      const exits_ = [(exits[i] as Apply)(features)]
      return { features: i === 7 ? null : features, exits: exits_ }
    },
  }))
  return {
    parts,
    recipe: {
      optimizer: 'sgd',
      learningRate: 0.01,
      lossWeights: [0.001, 0.001, 0.01, 0.01, 0.01, 0.01, 0.1, 0.1],
      labelSmoothing: 0,
      distillation: 0,
      augmentation: false,
    },
  }
}
