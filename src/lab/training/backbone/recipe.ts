// How exits are trained on a frozen backbone where nothing else is said.
import type { RecipeInput } from '../../../model/networks/recipe.ts'

/** Epochs take a second or less: the network itself has run before the first. */
export const headEpochs = 40

export const headLearningRate = 0.003

/**
 * Where --fine-tune is told no other: the highest rate of layers that have learned before. Of 0.0001 and 0.001 only
 * the latter gained anything in five epochs of 480 photos (docs/backbone.md).
 */
export const fineTuneRate = 0.001

export const headRecipe: RecipeInput = {
  learningRate: headLearningRate,
  warmup: 0.05,
  weightDecay: 0.05,
  labelSmoothing: 0.05,
}
