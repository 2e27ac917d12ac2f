// --recipe FILE: flags of `train` by name, as in --config, and under `recipe` how the network is trained.
import { recipeProblems } from '../lab/training/recipe.ts'
import type { RecipeInput } from '../model/networks/recipe.ts'
import { readConfigFile, recipeKey } from './config-file.ts'

interface RecipeFile {
  /** What the network's own recipe is changed by. */
  readonly recipe: RecipeInput
  readonly problems: readonly string[]
}

/** The `recipe` map of a file; the flags beside it are read with those of --config. */
export function readRecipe(file: string): RecipeFile {
  const config = readConfigFile(file, '--recipe')
  // Told already by whoever read its flags.
  if ('problem' in config) return { recipe: {}, problems: [] }
  const recipe = config.entries.get(recipeKey)?.value ?? {}
  const problems = recipeProblems(recipe).map((problem) => `${problem}, in '${file}'`)
  return { recipe, problems }
}
