// Weights to begin with from a family that was trained before: to train on, or for other labels.
import type { Tensor } from '@tensorflow/tfjs-core'
import { join } from 'node:path'
import { ConfigError } from '../../errors.ts'
import { readModelFolder } from '../../model/folder.ts'
import type {
  Family,
  LayersModel,
  Submodel,
  SymbolicTensor,
  Tf,
} from '../../model/networks/network.ts'
import { modelFiles } from '../../model/weights.ts'

export interface InitialWeights {
  /** Weights taken over, and all of the family's. */
  readonly taken: number
  readonly all: number
  /** Hash of the family that they are of, where its manifests tell. */
  readonly family: string | undefined
  /** Names of those that begin anew: the other family has none of this name and shape, or other labels. */
  readonly fresh: readonly string[]
}

/**
 * Puts the weights of FOLDER/NAME of each submodel into the family, where name and shape are the same. What gives
 * the exits' logits begins anew where the labels are not those of the folder's manifests, in the same order.
 * @throws DDNN_MODEL_MISSING, DDNN_MODEL_DAMAGED when a submodel is not there or does not read.
 * @throws DDNN_CONFIG_INVALID when no kernel fits.
 */
export async function takeInitialWeights(
  tf: Tf,
  { submodels, whole }: Family,
  folder: string,
  labels: readonly string[],
): Promise<InitialWeights> {
  const fresh: string[] = []
  let all = 0
  let family: string | undefined
  // A bias of as many labels fits any network, so only kernels tell that it is the same one.
  let kernels = 0
  for (const submodel of submodels) {
    const { name, model } = submodel
    const [spec] = await readModelFolder(join(folder, name))
    family ??= spec?.family
    const isSameTask = spec?.labels === undefined || isSame(spec.labels, labels)
    const ofExits = isSameTask ? new Set<string>() : exitWeightsOf(submodel)
    const trained = await tf.loadLayersModel(modelFiles(join(folder, name)))
    try {
      const found = byName(trained)
      const values = [...byName(model)].map(([weight, own]) => {
        const other = ofExits.has(weight) ? undefined : found.get(weight)
        if (other !== undefined && isSame(other.shape, own.shape)) {
          if (own.rank > 1) kernels++
          return other
        }
        fresh.push(weight)
        return own
      })
      all += values.length
      model.setWeights(values)
    } finally {
      trained.dispose()
    }
  }
  if (kernels > 0) return { taken: all - fresh.length, all, family, fresh }
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected --initial-weights '${folder}' to hold weights of this network, got no kernel of the same name and shape`,
    {
      hint: `Pass a folder that was trained with the same network (${whole.countParams()} weights)`,
    },
  )
}

/** The weights of a model as tensors of its own, in the order of its weights. */
function byName(model: LayersModel): Map<string, Tensor> {
  const tensors = model.getWeights()
  return new Map(model.weights.map(({ originalName }, i) => [originalName, tensors[i] as Tensor]))
}

/** Names of the weights of the layers that give the exits' logits. */
function exitWeightsOf({ model, features }: Submodel): Set<string> {
  const exits = features === null ? model.outputs : model.outputs.slice(1)
  return new Set(
    exits.flatMap((exit) => weightedLayerOf(exit).weights.map(({ originalName }) => originalName)),
  )
}

type Layer = LayersModel['layers'][number]

/** The layer that made a tensor, or the nearest before it that has weights. */
function weightedLayerOf({ sourceLayer, inputs }: SymbolicTensor): Layer {
  const [before] = inputs
  const isLast = sourceLayer.weights.length > 0 || before === undefined
  return isLast ? sourceLayer : weightedLayerOf(before)
}

function isSame<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i])
}
