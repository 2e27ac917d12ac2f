// The precision that a recipe asks for, as far as this TensorFlow has it.
import type { Tf } from '../../model/networks/network.ts'
import type { Recipe } from '../../model/networks/recipe.ts'
import { bfloat16Problem } from './bfloat16-convolution.ts'
import type { TrainContext } from './context.ts'

/** What the recipe asks for where this TensorFlow has it, else float32, which the record says then. */
export function withKnownPrecision(tf: Tf, recipe: Recipe, log: TrainContext['log']): Recipe {
  if (recipe.precision === 'float32') return recipe
  const problem = bfloat16Problem(tf)
  if (problem === undefined) return recipe
  const { precision: asked } = recipe
  log.warn({ asked, precision: 'float32', problem }, 'this TensorFlow has no bfloat16 convolutions')
  return { ...recipe, precision: 'float32' }
}
