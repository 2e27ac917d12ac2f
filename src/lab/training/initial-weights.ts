// Weights to begin with from a family that was trained before: to train on, or for other labels.
import type { Tensor } from '@tensorflow/tfjs-core'
import { join } from 'node:path'
import { ConfigError } from '../../errors.ts'
import type { Family, LayersModel, Tf } from '../../model/networks/network.ts'
import { modelFiles } from '../../model/weights.ts'

export interface InitialWeights {
  /** Weights taken over, and all of the family's. */
  readonly taken: number
  readonly all: number
  /** Names of those that begin anew, since the other family has none of this name and shape. */
  readonly fresh: readonly string[]
}

/**
 * Puts the weights of FOLDER/NAME of each submodel into the family, where name and shape are the same; exits
 * for other labels differ in shape and begin anew.
 * @throws DDNN_MODEL_MISSING, DDNN_MODEL_DAMAGED when a submodel is not there or does not read.
 * @throws DDNN_CONFIG_INVALID when no kernel fits.
 */
export async function takeInitialWeights(
  tf: Tf,
  { submodels, whole }: Family,
  folder: string,
): Promise<InitialWeights> {
  const fresh: string[] = []
  let all = 0
  // A bias of as many labels fits any network, so only kernels tell that it is the same one.
  let kernels = 0
  for (const { name, model } of submodels) {
    const trained = await tf.loadLayersModel(modelFiles(join(folder, name)))
    try {
      const found = byName(trained)
      const values = [...byName(model)].map(([weight, own]) => {
        const other = found.get(weight)
        if (other !== undefined && hasShape(other, own.shape)) {
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
  if (kernels > 0) return { taken: all - fresh.length, all, fresh }
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

function hasShape(tensor: Tensor, shape: readonly number[]): boolean {
  return tensor.shape.length === shape.length && tensor.shape.every((axis, i) => axis === shape[i])
}
