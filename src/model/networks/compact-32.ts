// The compact early-exit network for small colour images, as CIFAR-10's of 32 x 32: plain convolutions behind a first
// layer that whitens patches of the training images, after airbench (Jordan 2024, arXiv 2404.00498). The cut after the
// edge is narrow, since its features travel: 7 x 7 x 56 numbers, which training already rounds to 4 bits.
import { createBlocks, createPart } from './blocks.ts'
import type { CreateNetwork } from './network.ts'

const style = { momentum: 0.6, scale: false, passing: true, exitGain: 1 / 9 }

/** Shapes are of an image of 32 x 32; multiply-adds in millions: edge 24, fog 34, cloud 39. */
export const createCompact32Network: CreateNetwork = (tf, { classes, seed }) => {
  const edge = createBlocks(tf, 'edge', seed, style)
  const fog = createBlocks(tf, 'fog', seed + 100, style)
  const cloud = createBlocks(tf, 'cloud', seed + 200, style)
  const parts = [
    createPart('edge', {
      trunk: [
        edge.whitening(), // [31, 31, 24]
        edge.conv(52, { pool: 'whole' }), // [15, 15, 52]
        edge.conv(96, { pool: 'whole' }), // [7, 7, 96]
      ],
      cut: [edge.conv(56, { kernelSize: 1, relu: false })], // [7, 7, 56]
      exit: [edge.conv(112, { strides: 2 }), edge.conv(160, { strides: 2 }), edge.exit(classes)], // [2, 2, 160]
    }),
    createPart('fog', {
      trunk: [
        fog.conv(184), // [7, 7, 184]
        fog.residual(184), // [7, 7, 184]
      ],
      exit: [fog.exit(classes)],
    }),
    createPart(
      'cloud',
      {
        trunk: [
          cloud.conv(184), // [7, 7, 184]
          cloud.conv(240, { pool: 'whole' }), // [3, 3, 240]
          cloud.conv(240), // [3, 3, 240]
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
      optimizer: 'sgd',
      learningRate: 0.65,
      schedule: 'triangle',
      warmup: 0.23,
      rateEnds: [0.2, 0.02],
      momentum: 0.85,
      nesterov: true,
      biasRate: 16,
      weightDecay: 0.00133,
      labelSmoothing: 0.2,
      distillation: 0.5,
      phases: [
        { share: 0.5, lossWeights: [0.3, 0.4, 1] },
        { share: 0.5, lossWeights: [0.5, 0.6, 1] },
      ],
      layerRates: { edge_exit: 0.0123, fog_exit: 0.0123, cloud_exit: 0.0123 },
      freeze: { edge_norm1: 0.3 },
      featureCodec: 'int4',
      augmentation: { shift: 0.125, mirror: 'alternate', erase: 0.5, eraseSide: [0.25, 0.375] },
      averageDecay: 0.98,
    },
  }
}
