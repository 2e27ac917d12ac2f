// BranchyNet's B-LeNet (Teerapittayanon et al. 2016), layer by layer as networks/lenet_mnist.py of
// kunglab/branchynet: LeNet with one branch after its first convolution. The one change is the input, RGB as all
// images here have it: three channels where MNIST has one (a grey image gives three equal ones). Chainer's
// pooling keeps an odd last row, as padding 'same' does; there is no activation between the last two dense layers.
// Both exits weigh 1 in the loss, as in its code, whose Branch takes a weight and sets 1.
import { createPart, type Apply } from './blocks.ts'
import type { CreateNetwork, SymbolicTensor, Tf } from './network.ts'

/** Shapes are of an image of 28 x 28; multiply-adds in millions: edge 0.45, cloud 1.03. */
export const createBLenetNetwork: CreateNetwork = (tf, { classes, seed }) => {
  const { conv, dense } = createLayers(tf, seed)
  const parts = [
    createPart('edge', {
      trunk: conv('edge_conv1', 5, 5, 3), // [15, 15, 5]
      exit: [...conv('edge_conv2', 10, 3, 1), ...dense('edge_exit', classes)], // [8, 8, 10]
    }),
    createPart(
      'cloud',
      {
        trunk: [
          ...conv('cloud_conv1', 10, 5, 3), // [9, 9, 10]
          ...conv('cloud_conv2', 20, 5, 3), // [6, 6, 20]
          ...dense('cloud_dense', 84), // [84]
        ],
        exit: dense('cloud_exit', classes, false),
      },
      true,
    ),
  ]
  return {
    parts,
    recipe: {
      learningRate: 0.003,
      weightDecay: 0.01,
      averageDecay: 0.999,
      // As its paper: LeNet first, then both exits jointly.
      phases: [
        { share: 1, lossWeights: [0, 1] },
        { share: 3, lossWeights: [1, 1] },
      ],
      // A mirrored digit is another one, or none.
      augmentation: { rotation: 8, shift: 0.07 },
    },
  }
}

/** Layers by name; the first weights of each follow from the order of calls. */
function createLayers(tf: Tf, seed: number) {
  let count = 0
  /** Chainer's default, LeCun's normal distribution. */
  const kernelInitializer = () => tf.initializers.leCunNormal({ seed: seed + count++ })
  const asApply =
    (layer: { apply(x: SymbolicTensor): unknown }): Apply =>
    (x) =>
      layer.apply(x) as SymbolicTensor

  /** Convolution with so much zero padding, maximum over 2 x 2, ReLU. */
  const conv = (name: string, filters: number, kernelSize: number, padding: number): Apply[] => [
    asApply(
      tf.layers.zeroPadding2d({
        padding: [
          [padding, padding],
          [padding, padding],
        ],
        name: `${name}_pad`,
      }),
    ),
    asApply(
      tf.layers.conv2d({ name, filters, kernelSize, kernelInitializer: kernelInitializer() }),
    ),
    asApply(tf.layers.maxPooling2d({ poolSize: 2, padding: 'same', name: `${name}_pool` })),
    asApply(tf.layers.reLU({ name: `${name}_relu` })),
  ]

  const dense = (name: string, units: number, isFlattened = true): Apply[] => [
    ...(isFlattened ? [asApply(tf.layers.flatten({ name: `${name}_flatten` }))] : []),
    asApply(tf.layers.dense({ name, units, kernelInitializer: kernelInitializer() })),
  ]

  return { conv, dense }
}
