// All figures of a set of models on a labelled set: each exit alone, and their cascade.
import type { ExitRule } from '../../domain/exit.ts'
import { compareCodecs, type CodecRow } from './compare-codecs.ts'
import { evaluateCascade, type CascadeEvaluation } from './evaluate-cascade.ts'
import { costsOf, type Costs } from './evaluate-costs.ts'
import { evaluateExit, type ExitEvaluation } from './evaluate-exit.ts'
import { evaluateRisk } from './evaluate-risk.ts'
import type { RiskFigures } from './risk-bound.ts'
import type { Scores } from './scores.ts'
import { takeExit, type Taken } from './taken-exit.ts'
import { reachedAlone, tryThresholds, type Reached, type TriedThresholds } from './trade-offs.ts'

export interface Evaluation {
  readonly samples: number
  readonly exits: readonly ExitEvaluation[]
  readonly cascade: CascadeEvaluation
  readonly costs: Costs
  /** What is proved where these images chose nothing; undefined where there is no last exit to be held against. */
  readonly risk: RiskFigures | undefined
  /** Whether these images calibrated the models: they prove nothing then. */
  readonly isCalibratedOnThese: boolean
  readonly tradeOffs: TradeOffs
  /** Every codec of features; none where there is one submodel. */
  readonly codecs: readonly CodecRow[]
  /** Of each sample, in the order of the scores. */
  readonly taken: readonly Taken[]
}

/** What the thresholds in use reach, beside what others would. */
interface TradeOffs {
  readonly tried: readonly TriedThresholds[]
  readonly chosen: Reached
  /** Each exit, had every sample left there. */
  readonly alone: readonly Reached[]
}

interface EvaluateOptions {
  /** In the order of `scores.exits`. */
  readonly rules: readonly ExitRule[]
  /** Whether the network ends with these models. */
  readonly isWhole: boolean
  /** Hashes of the images that calibrated the models, as their manifests have them. */
  readonly calibratedOn?: readonly string[] | undefined
}

/** Evaluates scores by these rules. Pure; `scores` holds at least one sample. */
export function evaluateScores(scores: Scores, options: EvaluateOptions): Evaluation {
  const { rules, isWhole } = options
  const taken = scores.samples.map((sample) => takeExit(sample, rules, isWhole))
  const exits = scores.exits.flatMap((facts, exit) => {
    const rule = rules[exit]
    return rule === undefined ? [] : [evaluateExit(scores, facts, rule, exit, taken)]
  })
  const cascade = evaluateCascade(scores, taken)
  const costs = costsOf(scores, taken)
  return {
    samples: scores.samples.length,
    exits,
    cascade,
    costs,
    risk: evaluateRisk(scores, taken, isWhole),
    isCalibratedOnThese: options.calibratedOn?.includes(scores.dataHash) === true,
    tradeOffs: {
      tried: tryThresholds(scores, taken, isWhole ? undefined : rules.at(-1)?.threshold),
      chosen: {
        accuracy: cascade.accuracy,
        multiplyAdds: costs.multiplyAdds,
        bytes: costs.cuts.reduce((sum, { bytesOverAll }) => sum + bytesOverAll, 0),
      },
      alone: reachedAlone(
        scores,
        exits.map(({ accuracy }) => accuracy),
      ),
    },
    codecs: compareCodecs(scores, options),
    taken,
  }
}
