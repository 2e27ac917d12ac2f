// What training begins with when nothing else is said: the shipped flowers family, and a recipe for few images of
// other things.
import { join } from 'node:path'
import type { RecipeInput } from '../../model/networks/recipe.ts'
import { packageRoot } from '../../package-root.ts'
import type { NetworkName } from './options.ts'

/** The shipped family: a folder a submodel. */
export const shippedWeights = join(packageRoot, 'saved_models')

/** What it was trained as. */
export const shippedNetwork: NetworkName = 'compact'

/**
 * Changes the network's own recipe. Images are not mixed: that takes hundreds of epochs to pay, and a fine-tuning
 * has ten.
 */
export const fineTuneRecipe: RecipeInput = {
  learningRate: 0.001,
  mixup: 0,
  cutmix: 0,
}
