// The compact early-exit network for small colour images, as CIFAR-10's of 32 x 32. It keeps the resolution
// longer than the one for larger images: pooled too early, no depth brings the details back. The cut after
// the edge is 16 x 16 x 16 numbers; the edge's exit has a convolution of its own beyond it.
import { createBlocks, createPart } from './blocks.ts'
import type { CreateNetwork } from './network.ts'

/** Shapes are of an image of 32 x 32; multiply-adds in millions: edge 26, fog 40, cloud 38. */
export const createCompact32Network: CreateNetwork = (tf, { classes, seed }) => {
  const edge = createBlocks(tf, 'edge', seed)
  const fog = createBlocks(tf, 'fog', seed + 100)
  const cloud = createBlocks(tf, 'cloud', seed + 200)
  const parts = [
    createPart('edge', {
      trunk: [
        edge.conv(32), // [32, 32, 32]
        edge.conv(48, { pool: true }), // [16, 16, 48]
        edge.conv(64), // [16, 16, 64]
      ],
      cut: [edge.conv(16, { kernelSize: 1 })], // [16, 16, 16]
      exit: [edge.conv(96, { strides: 2 }), edge.exit(classes)], // [8, 8, 96]
    }),
    createPart('fog', {
      trunk: [
        fog.conv(64), // [16, 16, 64]
        fog.conv(128, { pool: true }), // [8, 8, 128]
        fog.residual(128), // [8, 8, 128]
      ],
      exit: [fog.exit(classes)],
    }),
    createPart(
      'cloud',
      {
        trunk: [
          cloud.conv(256, { pool: true }), // [4, 4, 256]
          cloud.residual(256), // [4, 4, 256]
        ],
        exit: [cloud.exit(classes)],
      },
      true,
    ),
  ]
  return {
    parts,
    recipe: {
      learningRate: 0.003,
      lossWeights: [0.3, 0.45, 1],
      labelSmoothing: 0.1,
      distillation: 0.5,
      augmentation: { shift: 0.125, mirror: true, erase: 1, eraseSide: [0.25, 0.25] },
      averageDecay: 0.998,
    },
  }
}
