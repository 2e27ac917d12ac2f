// From the options to the network that is trained: made, checked, and assembled into its submodels, before
// any image is read.
import { ConfigError, DdnnError } from '../../errors.ts'
import { checkFamily, checkNetwork } from '../../model/networks/check.ts'
import { assemble, type CreateNetwork, type Family, type Tf } from '../../model/networks/network.ts'
import type { Recipe } from '../../model/networks/recipe.ts'
import { withoutDraws } from '../../model/networks/without-draws.ts'
import { checkTierFolders, parseSplit, type TierStages } from '../../model/split.ts'
import { checkLayerNames } from './layer-names.ts'
import { linkThrough } from './link-layer.ts'
import { checkLossWeights, mergeRecipe } from './merge-recipe.ts'
import type { TrainOptions } from './options.ts'

export type BuildOptions = Pick<
  TrainOptions,
  'height' | 'width' | 'seed' | 'network' | 'modelModule' | 'recipe' | 'learningRate'
>

export interface Built {
  readonly family: Family
  /** The network's own, with what the options change. */
  readonly recipe: Recipe
  /** Of the network's own recipe. */
  readonly ownLearningRate: number
  /** Layer that whitens, of the network. */
  readonly whitening: string | undefined
}

/** Networks refuse small images alone, so larger ones are tried for the hint: this often twice as large. */
const doublings = 3

/**
 * @throws DDNN_CONFIG_INVALID when the images are too small for the network (the least size is named), or
 * the recipe is wrong.
 * @throws DDNN_MODULE_INVALID when a user's module returns what is no network.
 */
export function buildFamily(
  tf: Tf,
  createNetwork: CreateNetwork,
  classes: number,
  options: BuildOptions,
): Built {
  const build = (height: number, width: number, drawing: Tf): Built => {
    const { seed } = options
    const network = checkNetwork(createNetwork(drawing, { height, width, classes, seed }), classes)
    const { recipe, ownLearningRate } = mergeRecipe(network.recipe, options)
    const scaled = (size: number) => Math.round(size * recipe.trainingScale)
    const link = linkThrough(tf, recipe.featureCodec)
    const training = { height: scaled(height), width: scaled(width), link }
    const family = assemble(tf, { height, width }, network.parts, training, network.whole)
    checkFamily(family)
    checkLayerNames(family.whole, recipe)
    checkLossWeights(family.whole.outputs.length, recipe)
    return { family, recipe, ownLearningRate, whitening: network.whitening }
  }
  const { height, width } = options
  try {
    return build(height, width, tf)
  } catch (cause) {
    if (cause instanceof DdnnError) throw named(cause, options)
    const undrawn = withoutDraws(tf)
    const least = leastSide(Math.min(height, width), (side) => {
      build(side, side, undrawn).family.dispose()
    })
    if (least !== undefined) throw tooSmall(least, options, cause)
    throw unbuildable(options, cause)
  }
}

/**
 * The tiers that --split asks for; none without it.
 * @throws DDNN_CONFIG_INVALID when they do not fit the family, or a folder in --output is in their way.
 */
export async function planTiers(
  { submodels, wholeName }: Family,
  { split, output }: Pick<TrainOptions, 'split' | 'output'>,
): Promise<readonly TierStages[]> {
  if (split === undefined) return []
  const names = submodels.map(({ name }) => name)
  const tiers = parseSplit(split, names, [wholeName])
  await checkTierFolders(output, tiers)
  return tiers
}

/** The least side of a square image that can be built, when `failing` cannot; undefined where none is near. */
function leastSide(failing: number, build: (side: number) => void): number | undefined {
  const fits = (side: number) => {
    try {
      build(side)
      return true
    } catch {
      return false
    }
  }
  let low = failing
  let high = 2 * failing
  for (let i = 1; !fits(high); i++) {
    if (i === doublings) return undefined
    low = high
    high *= 2
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (fits(middle)) high = middle
    else low = middle
  }
  return high
}

/** The flag that chose the network, as it was given. */
function sourceOf({ network, modelModule }: BuildOptions): string {
  return modelModule === undefined ? `--network ${network}` : `--model-module '${modelModule}'`
}

function named(error: DdnnError, options: BuildOptions): DdnnError {
  if (error.code !== 'DDNN_MODULE_INVALID') return error
  const { message, hint } = error
  return new ConfigError(error.code, `${sourceOf(options)}: ${message}`, { cause: error, hint })
}

function tooSmall(least: number, options: BuildOptions, cause: unknown): ConfigError {
  const { height, width } = options
  const message = `Expected images of at least ${least}x${least} for ${sourceOf(options)}, got ${height}x${width}`
  return new ConfigError('DDNN_CONFIG_INVALID', message, {
    cause,
    hint: 'Raise --height and --width, or take another --network',
  })
}

function unbuildable(options: BuildOptions, cause: unknown): ConfigError {
  const { height, width } = options
  const reason = cause instanceof Error ? cause.message : String(cause)
  const what = `Expected ${sourceOf(options)} to give a network for images of ${height}x${width}`
  const code = options.modelModule === undefined ? 'DDNN_CONFIG_INVALID' : 'DDNN_MODULE_INVALID'
  return new ConfigError(code, `${what}, got the error "${reason}"`, { cause })
}
