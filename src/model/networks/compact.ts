// The compact early-exit network for colour images of about 180 x 180: edge, fog and cloud. Few, fat
// operations, since each one costs tfjs a fixed time, and a narrow cut after the edge, since its features
// travel: 12 x 12 x 56 numbers, 8.1 kB in eight bits, less than the image as JPEG (8.6 kB).
import { createBlocks, createPart } from './blocks.ts'
import type { CreateNetwork } from './network.ts'

/** Shapes are of an image of 180 x 180; multiply-adds in millions: edge 54, fog 52, cloud 96. */
export const createCompactNetwork: CreateNetwork = (tf, { classes, seed }) => {
  const edge = createBlocks(tf, 'edge', seed)
  const fog = createBlocks(tf, 'fog', seed + 100)
  const cloud = createBlocks(tf, 'cloud', seed + 200)
  const parts = [
    createPart('edge', {
      trunk: [
        edge.conv(24, { strides: 2 }), // [90, 90, 24]
        edge.conv(48, { strides: 2 }), // [45, 45, 48]
        edge.conv(64, { strides: 2 }), // [23, 23, 64]
        edge.conv(56, { strides: 2 }), // [12, 12, 56]
        edge.residual(56), // [12, 12, 56]
      ],
      exit: [edge.exit(classes)],
    }),
    createPart('fog', {
      trunk: [
        fog.conv(128), // [12, 12, 128]
        fog.residual(128), // [12, 12, 128]
      ],
      exit: [fog.exit(classes)],
    }),
    createPart(
      'cloud',
      {
        trunk: [
          cloud.conv(256, { strides: 2 }), // [6, 6, 256]
          cloud.residual(256), // [6, 6, 256]
          cloud.residual(256), // [6, 6, 256]
        ],
        exit: [cloud.exit(classes)],
      },
      true,
    ),
  ]
  return {
    parts,
    recipe: {
      learningRate: 0.002,
      lossWeights: [0.3, 0.45, 1],
      labelSmoothing: 0.1,
      distillation: 0.5,
      augmentation: {
        crop: [0.6, 1],
        aspect: [0.8, 1.25],
        rotation: 15,
        mirror: true,
        brightness: 0.15,
        contrast: [0.7, 1.35],
        saturation: [0.6, 1.4],
        erase: 0.25,
        eraseSide: [0.15, 0.4],
      },
      mixup: 0.2,
      cutmix: 1,
      trainingScale: 0.8,
      averageDecay: 0.998,
    },
  }
}
