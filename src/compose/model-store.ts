// The models of a process as they are served now, and who still uses them. What loads and swaps them
// stands behind this; device, local run and tier see `served` alone.
import { hashRules, type Served, type ServedModels } from '../tier/served-models.ts'
import type { LoadedModels } from './models.ts'

export interface ModelStore {
  readonly served: Served
}

/** Serves these models until the end. */
export function createModelStore(loaded: LoadedModels): ModelStore {
  const models = toServed(loaded, () => () => undefined)
  return { served: () => [models] }
}

/** The value that requests see. */
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
