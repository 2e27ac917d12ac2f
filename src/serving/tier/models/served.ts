// Loaded models as the value that requests see.
import { hashRules, type ServedModels } from '../served-models.ts'
import type { LoadedModels } from './model-source.ts'

/** Family and version are those of the first submodel that has a family. */
export function toServed(loaded: LoadedModels, hold: ServedModels['hold']): ServedModels {
  const { stages, rules, labels, labelsHash } = loaded
  const spec = stages.find((stage) => stage.spec.family !== undefined)?.spec ?? stages[0]?.spec
  return {
    stages,
    rules,
    labels,
    labelsHash,
    info: { family: spec?.family, version: spec?.version, thresholds: hashRules(rules) },
    hold,
  }
}
