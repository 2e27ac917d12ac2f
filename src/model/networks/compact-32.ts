// The compact early-exit network for small colour images, as CIFAR-10's of 32 x 32: plain convolutions behind a first
// layer that whitens patches of the training images, after airbench (Jordan 2024, arXiv 2404.00498). The cut after the
// edge is narrow, since its features travel: 15 x 15 x 12 numbers, which training already rounds to 4 bits.
import { createBlocks, createPart } from './blocks.ts'
import type { CreateNetwork } from './network.ts'

const style = { momentum: 0.8, scale: false }

/** Shapes are of an image of 32 x 32; multiply-adds in millions: edge 23, fog 50, cloud 25. */
export const createCompact32Network: CreateNetwork = (tf, { classes, seed }) => {
  const edge = createBlocks(tf, 'edge', seed, style)
  const fog = createBlocks(tf, 'fog', seed + 100, style)
  const cloud = createBlocks(tf, 'cloud', seed + 200, style)
  const parts = [
    createPart('edge', {
      trunk: [
        edge.whitening(), // [31, 31, 24]
        edge.conv(56, { pool: 'whole' }), // [15, 15, 56]
        edge.conv(56), // [15, 15, 56]
      ],
      cut: [edge.conv(12, { kernelSize: 1, relu: false })], // [15, 15, 12]
      exit: [edge.conv(96, { strides: 2 }), edge.conv(128, { strides: 2 }), edge.exit(classes)], // [4, 4, 128]
    }),
    createPart('fog', {
      trunk: [
        fog.conv(96), // [15, 15, 96]
        fog.conv(176, { pool: 'whole' }), // [7, 7, 176]
        fog.conv(176), // [7, 7, 176]
      ],
      exit: [fog.exit(classes)],
    }),
    createPart(
      'cloud',
      {
        trunk: [
          cloud.conv(224, { pool: 'whole' }), // [3, 3, 224]
          cloud.residual(224), // [3, 3, 224]
        ],
        exit: [cloud.exit(classes)],
      },
      true,
    ),
  ]
  return {
    parts,
    whitening: 'edge_white',
    recipe: {
      learningRate: 0.004,
      warmup: 0.15,
      weightDecay: 0.1,
      labelSmoothing: 0.1,
      distillation: 0.5,
      phases: [
        { share: 0.55, lossWeights: [0.05, 0.1, 1] },
        { share: 0.45, lossWeights: [0.4, 0.5, 1] },
      ],
      freeze: { edge_norm1: 0.3 },
      featureCodec: 'int4',
      augmentation: { shift: 0.09375, mirror: 'alternate', erase: 0.5, eraseSide: [0.25, 0.25] },
      averageDecay: 0.998,
    },
  }
}
