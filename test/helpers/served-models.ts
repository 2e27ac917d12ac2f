// Models as a tier serves them, out of stages that a test has at hand.
import type { ExitRule } from '../../src/domain/exit.ts'
import type { Stage } from '../../src/serving/engine/engine.ts'
import { hashRules, type ServedModels } from '../../src/serving/tier/served-models.ts'

export interface GivenModels {
  readonly stages: readonly Stage[]
  readonly rules?: readonly (readonly ExitRule[])[]
  readonly labels?: readonly string[]
  readonly labelsHash?: string | undefined
}

export interface CountedModels extends ServedModels {
  /** Users that have not let go. */
  readonly holds: () => number
}

export function servedModels({
  stages,
  rules = [],
  labels,
  labelsHash,
}: GivenModels): CountedModels {
  let holds = 0
  return {
    stages,
    rules,
    labels,
    labelsHash,
    info: { family: stages[0]?.spec.family, version: '1', thresholds: hashRules(rules) },
    hold: () => {
      holds++
      let isHeld = true
      return () => {
        if (isHeld) holds--
        isHeld = false
      }
    },
    holds: () => holds,
  }
}
