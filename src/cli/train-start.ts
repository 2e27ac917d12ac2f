// What `ddnn train` begins with: the shipped weights where nothing else is said, else what the flags say.
import { fineTuneRecipe, shippedNetwork, shippedWeights } from '../lab/training/fine-tune.ts'
import type { TrainOptions } from '../lab/training/options.ts'
import type { RecipeInput } from '../model/networks/recipe.ts'
import type { Values } from './flag-types.ts'

export interface TrainStart extends Pick<
  TrainOptions,
  'network' | 'modelModule' | 'initialWeights' | 'recipe'
> {
  /** For a human, before anything else. */
  readonly notice: string
}

/** Flags that say how a network comes to be; each of them leaves the shipped weights alone. */
const otherStarts = ['network', 'model-module', 'initial-weights', 'recipe'] as const

export function readTrainStart(
  values: Values<'train'>,
  recipe: RecipeInput | undefined,
): TrainStart {
  const network = values.string('network')
  const modelModule = values.string('model-module')
  const initialWeights = values.string('initial-weights')
  const backbone = values.string('backbone')
  if (backbone !== undefined) {
    const notice =
      values.boolean('fine-tune') === true
        ? `Trains exits on '${backbone}', then its layers too`
        : `Trains exits on '${backbone}', which stays as it is`
    return { network, modelModule, initialWeights, recipe, notice }
  }
  const isTold = otherStarts.some((name) => values.isGiven(name))
  if (!isTold && values.boolean('from-scratch') !== true) {
    return {
      network: shippedNetwork,
      modelModule: undefined,
      initialWeights: shippedWeights,
      recipe: fineTuneRecipe,
      notice: `Begins with the shipped flowers weights; --network ${shippedNetwork} trains from scratch`,
    }
  }
  const what = modelModule === undefined ? network : `the network of '${modelModule}'`
  const notice =
    initialWeights === undefined
      ? `Trains ${what} from scratch`
      : `Trains ${what}, beginning with the weights in '${initialWeights}'`
  return { network, modelModule, initialWeights, recipe, notice }
}
