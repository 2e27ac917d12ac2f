// What is wrong with a recipe, in words: of a file, or of a network that brings its own.
import { nearestName } from '../../domain/nearest-name.ts'
import { augmentationSchema, recipeSchema } from '../../model/networks/recipe.ts'

const fields: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(recipeSchema.shape),
  augmentation: Object.keys(augmentationSchema.shape),
}

/** A sentence for each problem, naming the field; none for a recipe that does. */
export function recipeProblems(given: unknown): string[] {
  const parsed = recipeSchema.safeParse(given)
  if (parsed.success) return []
  // The fields of augmentation are named one by one, not that the map is neither false nor right.
  const { augmentation } = (given ?? {}) as { readonly augmentation?: unknown }
  const own = parsed.error.issues.filter(({ path }) => path[0] !== 'augmentation')
  const nested = own.length === parsed.error.issues.length ? [] : augmentationProblems(augmentation)
  return [...own.flatMap((issue) => describe(issue, [])), ...nested]
}

function augmentationProblems(given: unknown): string[] {
  const parsed = augmentationSchema.safeParse(given)
  if (parsed.success) return []
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return [`Expected recipe.augmentation to be false or a map, got ${JSON.stringify(given)}`]
  }
  return parsed.error.issues.flatMap((issue) => describe(issue, ['augmentation']))
}

interface Issue {
  readonly code?: string
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly keys?: readonly string[]
}

function describe(issue: Issue, parents: readonly string[]): string[] {
  const path = [...parents, ...issue.path.map(String)]
  const name = ['recipe', ...path].join('.')
  if (issue.code !== 'unrecognized_keys') return [`Expected a right ${name}, got: ${issue.message}`]
  const known = fields[path.join('.')] ?? []
  return (issue.keys ?? []).map((key) => {
    const near = nearestName(key, known)
    const hint =
      near === undefined ? `; known are ${known.join(', ')}` : `, did you mean '${near}'?`
    return `Expected fields that ${name} has, got '${key}'${hint}`
  })
}
