// A network's own recipe with what a file and the flags change of it.
import { ConfigError } from '../../errors.ts'
import { recipeSchema, type Recipe, type RecipeInput } from '../../model/networks/recipe.ts'
import type { TrainOptions } from './options.ts'
import { recipeProblems } from './recipe.ts'
import { scheduleOf } from './schedule.ts'

/** What suits one optimizer and not another. */
const ofOptimizer = [
  'learningRate',
  'schedule',
  'warmup',
  'rateEnds',
  'momentum',
  'nesterov',
  'biasRate',
  'weightDecay',
  'maxGradientNorm',
  'layerRates',
] as const

interface MergedRecipe {
  readonly recipe: Recipe
  /** Rate of the network's own recipe, as far as that still holds. */
  readonly ownLearningRate: number
}

/**
 * Fields that are given take the place of the network's, with what hangs on them: those of its optimizer where that is
 * another, and what its phases say of a field.
 * @throws DDNN_CONFIG_INVALID naming what is wrong of it, or would do nothing; DDNN_MODULE_INVALID of the network's own.
 */
export function mergeRecipe(
  own: object,
  { recipe: changes = {}, learningRate }: Pick<TrainOptions, 'recipe' | 'learningRate'>,
): MergedRecipe {
  const hint = 'recipes/README.md lists the fields of a recipe'
  const ownProblems = recipeProblems(own)
  if (ownProblems.length > 0) {
    throw new ConfigError('DDNN_MODULE_INVALID', ownProblems.join('; '), { hint })
  }
  const kept = keptOf(own, changes)
  const given = { ...kept, ...changes, ...(learningRate === undefined ? {} : { learningRate }) }
  const refuse = (problems: readonly string[]) => {
    if (problems.length === 0) return
    throw new ConfigError('DDNN_CONFIG_INVALID', problems.join('; '), { hint })
  }
  refuse(recipeProblems(given))
  const recipe = recipeSchema.parse(given)
  refuse(idleProblems(changes, learningRate, recipe))
  return { recipe, ownLearningRate: recipeSchema.parse(kept).learningRate }
}

function keptOf(own: RecipeInput, changes: RecipeInput): RecipeInput {
  const { optimizer: before } = recipeSchema.parse(own)
  const isOther = changes.optimizer !== undefined && changes.optimizer !== before
  const kept = isOther ? without(own, ofOptimizer) : own
  if (own.phases === undefined || changes.phases !== undefined) return kept
  const overruled = [
    ...(['lossWeights', 'distillation'] as const).filter((field) => changes[field] !== undefined),
    ...(isOther ? (['learningRate'] as const) : []),
  ]
  return { ...kept, phases: own.phases.map((phase) => without(phase, overruled)) }
}

function without<T extends object, K extends keyof T>(from: T, names: readonly K[]): Omit<T, K> {
  const kept = Object.entries(from).filter(([name]) => !names.includes(name as K))
  return Object.fromEntries(kept) as Omit<T, K>
}

/** Of fields that a user gave and that would do nothing. */
function idleProblems(
  changes: RecipeInput,
  learningRate: number | undefined,
  recipe: Recipe,
): string[] {
  const { optimizer, phases } = recipe
  const schedule = scheduleOf(recipe)
  const needs = (field: keyof RecipeInput, isMet: boolean, wanted: string, got: string) =>
    changes[field] === undefined || isMet
      ? []
      : [`Expected recipe.${field} beside ${wanted}, got ${got}`]
  const ofSgd = (['momentum', 'nesterov', 'biasRate'] as const).flatMap((field) =>
    needs(field, optimizer === 'sgd', 'recipe.optimizer sgd', optimizer),
  )
  const isGiven = learningRate !== undefined || changes.learningRate !== undefined
  // The first wave is of the phase that names a rate; no step is left to the recipe's.
  const isOverruled = isGiven && phases[0]?.learningRate !== undefined
  return [
    ...ofSgd,
    ...needs('maxGradientNorm', optimizer === 'adamw', 'recipe.optimizer adamw', optimizer),
    ...needs('rateEnds', schedule === 'triangle', 'recipe.schedule triangle', schedule),
    ...needs('warmup', schedule !== 'constant', 'recipe.schedule cosine or triangle', schedule),
    ...(isOverruled
      ? [
          `Expected ${learningRate === undefined ? 'no recipe.learningRate' : 'no --learning-rate'} beside phases that name rates from the first on, got one: it would do nothing, change recipe.phases`,
        ]
      : []),
  ]
}

/** @throws DDNN_CONFIG_INVALID where a list of weights is not of the exits, or leaves nothing to learn. */
export function checkLossWeights(exits: number, { lossWeights, phases }: Recipe): void {
  const lists: readonly (readonly [name: string, weights: readonly number[]])[] = [
    ['recipe.lossWeights', lossWeights],
    ...phases.map(
      (phase, i) => [`recipe.phases[${i}].lossWeights`, phase.lossWeights ?? []] as const,
    ),
  ]
  const problems = lists.flatMap(([name, weights]) => {
    const got = `got [${weights.join(', ')}]`
    if (weights.length === 0) return []
    if (weights.length !== exits) {
      return [`Expected ${name} to have a number for each of ${exits} exits, ${got}`]
    }
    const isIdle = weights.every((weight) => weight === 0)
    return isIdle ? [`Expected ${name} to have a number above 0, ${got}`] : []
  })
  if (problems.length === 0) return
  throw new ConfigError('DDNN_CONFIG_INVALID', problems.join('; '), {
    hint: 'Weights stand in the order of the exits, from the edge on',
  })
}
