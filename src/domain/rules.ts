// How each exit decides, resolved once: the user's threshold, else the manifest's, else 0.8.
import type { ConfidenceName } from './confidence.ts'
import type { ExitRule } from './exit.ts'
import type { SubmodelSpec } from './submodel.ts'

/** The original's, where neither user nor manifest has one. */
export const defaultThreshold = 0.8

export interface RuleOptions {
  readonly confidence: ConfidenceName
  /** For all exits; undefined leaves it to the manifests. */
  readonly threshold: number | undefined
}

/**
 * One list of rules a submodel, one rule an exit. A manifest's thresholds and temperatures were fitted
 * under softmax, so other confidences do not take them. Exits without a manifest are counted on from
 * the exits before them.
 * @param exitCounts exits of each submodel as the engine reports them.
 */
export function resolveRules(
  specs: readonly SubmodelSpec[],
  exitCounts: readonly number[],
  options: RuleOptions,
): readonly (readonly ExitRule[])[] {
  let nextExit = 0
  return specs.map((spec, stage) =>
    Array.from({ length: exitCounts[stage] ?? 0 }, (_, i): ExitRule => {
      const isLastOfStage = i === (exitCounts[stage] ?? 0) - 1
      const known = spec.exits?.[i]
      const exit = known?.index ?? nextExit
      nextExit = exit + 1
      const fitted = options.confidence === 'softmax' ? known?.threshold : undefined
      return {
        exit,
        ...(spec.place === undefined
          ? {}
          : { isLast: isLastOfStage && spec.place.index === spec.place.count - 1 }),
        confidence: options.confidence,
        gives: known?.gives ?? 'logits',
        temperature: known?.temperature ?? 1,
        threshold: options.threshold ?? fitted ?? defaultThreshold,
      }
    }),
  )
}
