// VGG16 (Simonyan and Zisserman 2015, configuration D) with an exit in each of three parts: the network of the
// original's containers, with its names (Distributed_vgg16: EDGE, FOG, CLOUD, the whole as FULL_MODEL).
// Three changes for small images: batch normalisation after each convolution, without which it hardly trains from
// scratch; two hidden dense layers of 512, not 4096, after a mean over what is left of the image (1 x 1 at
// 32 x 32), so that the dense layers fit any size.
//
// The cuts follow the blocks, where pooling has just made the features small. After block 2, 8,192 numbers
// travel and the edge has 30 % of the multiply-adds; after block 1 it would be 16,384 numbers and an exit on two
// convolutions alone. The fog's exit has a convolution of its own, as BranchyNet's branches have: what suits
// the next block is not what suits an exit. The edge's has none: there it would cost most.
import { createBlocks, createPart, type Apply } from './blocks.ts'
import type { CreateNetwork, SymbolicTensor, Tf } from './network.ts'

const hiddenUnits = 512

/** Shapes are of an image of 32 x 32; multiply-adds in millions: edge 96, fog 104, cloud 123. */
export const createVgg16Network: CreateNetwork = (tf, { classes, seed }) => {
  const edge = createBlocks(tf, 'edge', seed)
  const fog = createBlocks(tf, 'fog', seed + 100)
  const cloud = createBlocks(tf, 'cloud', seed + 200)
  const parts = [
    createPart('EDGE', {
      trunk: [
        edge.conv(64), // [32, 32, 64]
        edge.conv(64), // [32, 32, 64]
        edge.maxPool(), // [16, 16, 64]
        edge.conv(128), // [16, 16, 128]
        edge.conv(128), // [16, 16, 128]
        edge.maxPool(), // [8, 8, 128]
      ],
      exit: [edge.exit(classes, 'edge')],
    }),
    createPart('FOG', {
      trunk: [
        fog.conv(256), // [8, 8, 256]
        fog.conv(256), // [8, 8, 256]
        fog.conv(256), // [8, 8, 256]
        fog.maxPool(), // [4, 4, 256]
      ],
      exit: [fog.conv(256), fog.exit(classes, 'fog')], // [4, 4, 256]
    }),
    createPart(
      'CLOUD',
      {
        trunk: [
          cloud.conv(512), // [4, 4, 512]
          cloud.conv(512), // [4, 4, 512]
          cloud.conv(512), // [4, 4, 512]
          cloud.maxPool(), // [2, 2, 512]
          cloud.conv(512), // [2, 2, 512]
          cloud.conv(512), // [2, 2, 512]
          cloud.conv(512), // [2, 2, 512]
          cloud.maxPool(), // [1, 1, 512]
        ],
        exit: [createClassifier(tf, classes, seed + 300)],
      },
      true,
    ),
  ]
  return {
    parts,
    whole: 'FULL_MODEL',
    recipe: {
      learningRate: 0.002,
      lossWeights: [0.3, 0.45, 1],
      labelSmoothing: 0.1,
      distillation: 0.5,
      augmentation: { shift: 0.125, mirror: true, erase: 1, eraseSide: [0.25, 0.25] },
      averageDecay: 0.998,
    },
  }
}

/** VGG's three dense layers, with its dropout of a half after the hidden ones. */
function createClassifier(tf: Tf, classes: number, seed: number): Apply {
  const hidden = (index: number) => [
    tf.layers.dense({
      units: hiddenUnits,
      activation: 'relu',
      kernelInitializer: tf.initializers.heNormal({ seed: seed + index }),
      name: `cloud_dense${index}`,
    }),
    tf.layers.dropout({ rate: 0.5, name: `cloud_dropout${index}` }),
  ]
  const layers: readonly { apply(x: SymbolicTensor): unknown }[] = [
    tf.layers.globalAveragePooling2d({ name: 'cloud_mean' }), // [512]
    ...hidden(1),
    ...hidden(2),
    tf.layers.dense({
      units: classes,
      kernelInitializer: tf.initializers.glorotUniform({ seed }),
      name: 'cloud',
    }),
  ]
  return (x) => layers.reduce((y, layer) => layer.apply(y) as SymbolicTensor, x)
}
