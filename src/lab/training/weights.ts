// A model's weights as plain arrays beside its variables: what the optimizer changes, the average that is
// evaluated and saved, and the way back into the model.
import type { Variable } from '@tensorflow/tfjs-core'
import type { LayersModel, Tf } from '../../model/networks/network.ts'
import type { Recipe } from '../../model/networks/recipe.ts'
import { rateOfLayer } from './layer-names.ts'
import type { Parameter } from './optimizer.ts'

interface Weight extends Parameter {
  readonly variable: Variable
  readonly isTrainable: boolean
  readonly layerName: string
  /** Moving average of the values, batch normalisation's statistics among them. */
  readonly average: Float32Array
}

export interface Weights {
  /** Trainable ones, in the order of `variables`. */
  readonly parameters: readonly Parameter[]
  readonly variables: readonly Variable[]
  /** Of their layers, as 'edge_conv1'. */
  readonly layerNames: readonly string[]
  /**
   * The numbers of all weights, batch normalisation's statistics among them, then those of their average; as of
   * the last `average`. A checkpoint reads them; a resumed run writes them, then calls `pushAll`.
   */
  readonly arrays: readonly Float32Array[]
  /** Writes all weights, as `arrays` has them, into the model. */
  pushAll(): void
  /** Writes the parameters into the model's variables. */
  push(): void
  /** Takes one step of the average over all weights; call after `push`. */
  average(decay: number): void
  /** Runs `work` with the average in the model, then puts the present weights back. */
  withAverage<T>(work: () => Promise<T>): Promise<T>
}

/** tfjs-layers' LayerVariable keeps its Variable in a field that its types hide. */
function variableOf(weight: unknown): Variable {
  return (weight as { readonly val: Variable }).val
}

/** Arrays of a built model's weights, as they are now. */
export function createWeights(
  tf: Tf,
  model: LayersModel,
  layerRates: Recipe['layerRates'] = {},
): Weights {
  const trainable = new Set(model.trainableWeights.map(variableOf))
  // Of the layers that recipes name; a weight's own name may hold slashes, or that of a layer within.
  const layerNames = new Map(
    model.layers.flatMap(({ name, weights }) => weights.map((own) => [variableOf(own), name])),
  )
  const weights: Weight[] = model.weights.map((layerVariable) => {
    const variable = variableOf(layerVariable)
    const values = Float32Array.from(variable.dataSync())
    const layerName = layerNames.get(variable) ?? ''
    return {
      variable,
      isTrainable: trainable.has(variable),
      layerName,
      rate: rateOfLayer(layerRates, layerName),
      values,
      average: Float32Array.from(values),
      decays: variable.rank > 1,
    }
  })
  const trained = weights.filter(({ isTrainable }) => isTrainable)
  const statistics = weights.filter(({ isTrainable }) => !isTrainable)

  // A copy, since tfjs uploads an array only when the tensor is first used.
  const write = (variable: Variable, values: Float32Array) => {
    tf.tidy(() => variable.assign(tf.tensor(values.slice(), variable.shape)))
  }
  const pull = () => {
    for (const { variable, values } of statistics) values.set(variable.dataSync())
  }

  return {
    parameters: trained,
    variables: trained.map(({ variable }) => variable),
    layerNames: trained.map(({ layerName }) => layerName),
    arrays: [...weights.map(({ values }) => values), ...weights.map(({ average }) => average)],
    pushAll() {
      for (const { variable, values } of weights) write(variable, values)
    },
    push() {
      for (const { variable, values } of trained) write(variable, values)
    },
    average(decay) {
      pull()
      for (const { values, average } of weights) {
        for (let j = 0; j < values.length; j++) {
          average[j] = decay * (average[j] as number) + (1 - decay) * (values[j] as number)
        }
      }
    },
    async withAverage(work) {
      pull()
      for (const { variable, average } of weights) write(variable, average)
      try {
        return await work()
      } finally {
        for (const { variable, values } of weights) write(variable, values)
      }
    },
  }
}
