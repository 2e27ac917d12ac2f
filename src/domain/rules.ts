// How each exit decides, resolved once: the user's threshold, else the manifest's, else 0.8.
import type { ConfidenceName, ExitGives } from './confidence.ts'
import type { ExitRule } from './exit.ts'
import type { ExitSpec, SubmodelSpec } from './submodel.ts'

/** The original's, where neither user nor manifest has one. */
export const defaultThreshold = 0.8

export interface RuleOptions {
  /** The user's for all exits; undefined takes each manifest's, with its threshold. */
  readonly confidence: ConfidenceName | undefined
  /** For all exits; undefined leaves it to the manifests. */
  readonly threshold: number | undefined
}

/**
 * One list of rules a submodel, one rule an exit. A manifest's threshold was chosen under a criterion, so
 * the two are taken together: a user's other `confidence` does not take the manifest's threshold, and a
 * user's `threshold` alone is for softmax, as the original's flag. Temperatures hold for all criteria.
 * Exits without a manifest are counted on from the exits before them.
 * @param exitCounts exits of each submodel as the engine reports them.
 * @param found what the exits of each submodel give as the engine found it, for manifests that are silent.
 */
export function resolveRules(
  specs: readonly SubmodelSpec[],
  exitCounts: readonly number[],
  options: RuleOptions,
  found: readonly (readonly ExitGives[] | undefined)[] = [],
): readonly (readonly ExitRule[])[] {
  let nextExit = 0
  return specs.map((spec, stage) =>
    Array.from({ length: exitCounts[stage] ?? 0 }, (_, i): ExitRule => {
      const isLastOfStage = i === (exitCounts[stage] ?? 0) - 1
      const known = spec.exits?.[i]
      const exit = known?.index ?? nextExit
      nextExit = exit + 1
      return {
        exit,
        ...(spec.place === undefined
          ? {}
          : { isLast: isLastOfStage && spec.place.index === spec.place.count - 1 }),
        gives: known?.gives ?? found[stage]?.[i] ?? 'logits',
        temperature: known?.temperature ?? 1,
        ...(known?.learned === undefined ? {} : { learned: known.learned }),
        ...(known?.memory === undefined ? {} : { memory: known.memory }),
        ...(known?.isRemembered === undefined ? {} : { isRemembered: known.isRemembered }),
        ...decideBy(known, options),
      }
    }),
  )
}

/** What one exit compares, and with what. */
function decideBy(
  known: ExitSpec | undefined,
  { confidence, threshold }: RuleOptions,
): Pick<ExitRule, 'confidence' | 'threshold'> {
  if (threshold !== undefined) return { confidence: confidence ?? 'softmax', threshold }
  const own = criterionOf(known)
  const used = confidence ?? own
  return {
    confidence: used,
    threshold: (used === own ? known?.threshold : undefined) ?? defaultThreshold,
  }
}

/** The criterion that an exit's own threshold is for. */
export function criterionOf(known: ExitSpec | undefined): ConfidenceName {
  return known?.criterion ?? 'softmax'
}

/**
 * Rules under which a request's own thresholds decide, by place of the exit in the family; the last one holds
 * for all exits behind it too, so that a single one is for all. A hole leaves the rule's own. Criteria and temperatures stay.
 */
export function withThresholds(
  rules: readonly (readonly ExitRule[])[],
  thresholds: readonly (number | undefined)[],
): readonly (readonly ExitRule[])[] {
  return rules.map((ofStage) =>
    ofStage.map((rule) => {
      const threshold = thresholds[Math.min(Math.max(rule.exit, 0), thresholds.length - 1)]
      return threshold === undefined ? rule : { ...rule, threshold }
    }),
  )
}
