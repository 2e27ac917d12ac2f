// Small families of edge, fog and cloud, made by seed: no training, a few kilobytes, yet different weights,
// exits that are not sure of the same samples, and manifests as training writes them.
import { join } from 'node:path'
import * as core from '@tensorflow/tfjs-core'
import * as layersApi from '@tensorflow/tfjs-layers'
import '@tensorflow/tfjs-backend-cpu'
import { createBlocks, createPart } from '../../src/model/networks/blocks.ts'
import { assemble, type LayersModel, type Tf } from '../../src/model/networks/network.ts'
import { familyOf, writeManifest, type SubmodelManifest } from '../../src/model/manifest.ts'
import { modelFiles } from '../../src/model/weights.ts'

export const madeLabels = ['daisy', 'dandelion', 'roses', 'sunflowers', 'tulips']
export const madeTiers = ['edge', 'fog', 'cloud'] as const
export type MadeTier = (typeof madeTiers)[number]

export interface MadeOptions {
  readonly seed: number
  /** Of edge and fog. */
  readonly thresholds?: readonly [number, number]
  readonly labels?: readonly string[]
  /** Height and width of an image. */
  readonly side?: number
  /** Channels of the edge's features. */
  readonly width?: number
  readonly version?: string
}

const tf = { ...core, ...layersApi } as unknown as Tf

/** Writes edge, fog and cloud below `folder`; resolves with the family's name. */
export async function writeMadeFamily(folder: string, options: MadeOptions): Promise<string> {
  const { seed, labels = madeLabels, side = 16, width = 4 } = options
  await tf.setBackend('cpu')
  const [edge, fog, cloud] = madeTiers.map((name, i) =>
    createBlocks(tf, name, seed * 1000 + i * 100),
  )
  if (edge === undefined || fog === undefined || cloud === undefined) throw new Error('three parts')
  const made = assemble(tf, { height: side, width: side }, [
    createPart('edge', {
      trunk: [edge.conv(width, { strides: 2 })],
      exit: [edge.exit(labels.length)],
    }),
    createPart('fog', {
      trunk: [fog.conv(6, { strides: 2 })],
      exit: [fog.exit(labels.length)],
    }),
    createPart(
      'cloud',
      { trunk: [cloud.conv(8, { strides: 2 })], exit: [cloud.exit(labels.length)] },
      true,
    ),
  ])
  try {
    sharpen(made.whole)
    const drafts = made.submodels.map(({ model, features }, i) =>
      draftOf(model, features, i, made.submodels.length, options),
    )
    const family = familyOf(drafts, String(seed))
    for (const [i, { name, model }] of made.submodels.entries()) {
      await model.save(modelFiles(join(folder, name)))
      await writeManifest(join(folder, name), { ...(drafts[i] as SubmodelManifest), family })
    }
    return family
  } finally {
    made.dispose()
  }
}

/** Fresh exits are sure of nothing: larger weights tell samples apart. */
function sharpen(model: LayersModel): void {
  for (const layer of model.layers) {
    if (layer.getClassName() !== 'Dense') continue
    layer.setWeights(layer.getWeights().map((weight) => tf.mul(weight, 12)))
  }
}

function draftOf(
  model: LayersModel,
  features: readonly number[] | null,
  index: number,
  count: number,
  { labels = madeLabels, side = 16, thresholds = [0.8, 0.8], version = '1' }: MadeOptions,
): Omit<SubmodelManifest, 'family'> {
  const threshold = thresholds[index]
  return {
    format: 1,
    version,
    name: madeTiers[index] ?? '',
    place: { index, count },
    input: (model.inputs[0]?.shape ?? []).slice(1) as number[],
    features: features === null ? null : [...features],
    exits: [
      {
        index,
        gives: 'logits',
        temperature: 1,
        ...(threshold === undefined ? {} : { threshold }),
        accuracy: 0.5,
      },
    ],
    multiplyAdds: 1000,
    labels: [...labels],
    preprocessing: { height: side, width: side, scale: 1 / 255 },
  }
}
