// What other thresholds would have given on the same samples: accuracy against work and bytes, as papers on early
// exits draw it. Pure and deterministic.
import { neverOf } from '../../domain/leaves.ts'
import { isUsable } from '../../domain/reply.ts'
import { shareOf, type Share } from '../../domain/share.ts'
import { exitCosts } from './exit-costs.ts'
import { createColumns, tallyOf, type ExitColumns } from './exit-columns.ts'
import { frameBytesOf } from './frame-facts.ts'
import { frontOf } from './pareto-front.ts'
import { riskPath } from './risk-path.ts'
import type { SampleScores, Scores } from './scores.ts'
import type { Taken } from './taken-exit.ts'
import { spread, thresholdGrid } from './threshold-grid.ts'

/** What one setting costs a sample, and what it reaches. */
export interface Reached {
  readonly accuracy: Share
  /** Means over all samples. Undefined where a manifest names none. */
  readonly multiplyAdds: number | undefined
  /** Of features over all cuts; 0 where there is one submodel. */
  readonly bytes: number
}

export interface TriedThresholds extends Reached {
  /** Of all exits but the last that takes the rest; undefined lets none leave. */
  readonly thresholds: readonly (number | undefined)[]
  /** Whether no other tried setting is at least as right at no more of it. */
  readonly isOnFront: { readonly multiplyAdds: boolean; readonly bytes: boolean }
}

/** Settings tried by a grid over all exits, and by the path of the least harm. */
const mostOfGrid = 400
const mostOfPath = 200

const never = neverOf('raw')

/**
 * Each early exit's threshold at evenly spread confidences, all combinations; and for many exits, where a grid is
 * coarse, the cascades that harm least for their cost. Settings of equal outcome stand once, the highest thresholds.
 */
export function tryThresholds(
  scores: Scores,
  taken: readonly Taken[],
  lastThreshold: number | undefined,
): readonly TriedThresholds[] {
  const columns = columnsOfTaken(scores.samples, taken, lastThreshold !== undefined)
  const early = scores.exits.length - 1
  const held = lastThreshold === undefined ? [] : [lastThreshold]
  const costs = exitCosts(scores, []).costs
  // With a network that goes on, its beginning is searched as if it ended there.
  const path =
    early < 1
      ? []
      : riskPath(lastThreshold === undefined ? columns : withoutLast(columns), { costs, never })
  const settings = [
    ...spread(path, mostOfPath),
    ...thresholdGrid(columns, early, mostOfGrid, never),
  ]
  const found = new Map<string, { thresholds: readonly number[]; reached: Reached }>()
  for (const thresholds of settings) {
    const { right, left } = tallyOf(columns, [...thresholds, ...held])
    const key = `${right} ${left.join(' ')}`
    if (!found.has(key)) found.set(key, { thresholds, reached: reachedBy(scores, right, left) })
  }
  return withFronts([...found.values()])
}

/** Of samples that leave so: `left` has one more entry than there are exits where some go on beyond the models. */
function reachedBy({ stages, exits, samples }: Scores, right: number, left: Float64Array): Reached {
  const upTo = (stage: number, of: (at: number) => number | undefined) =>
    stages.slice(0, stage).reduce((sum, _, at) => sum + (of(at) ?? Number.NaN), 0)
  const mean = (costOf: (exit: number) => number) =>
    left.reduce((sum, count, exit) => sum + (count === 0 ? 0 : count * costOf(exit)), 0) /
    samples.length
  const stageOf = (exit: number) => exits[exit]?.stage ?? stages.length - 1
  const adds = mean((exit) => upTo(stageOf(exit) + 1, (at) => stages[at]?.multiplyAdds))
  const bytesOf = (at: number) => {
    const offload = stages[at]?.offload
    return offload === null || offload === undefined ? 0 : frameBytesOf(offload)
  }
  return {
    accuracy: shareOf(right, samples.length),
    multiplyAdds: Number.isNaN(adds) ? undefined : adds,
    bytes: mean((exit) => upTo(exits[exit] === undefined ? stages.length : stageOf(exit), bytesOf)),
  }
}

/** Every exit alone, as if all samples left there. */
export function reachedAlone(scores: Scores, accuracy: readonly Share[]): readonly Reached[] {
  return accuracy.map((share, exit) => {
    const left = new Float64Array(scores.exits.length)
    left[exit] = scores.samples.length
    return { ...reachedBy(scores, share.count, left), accuracy: share }
  })
}

/**
 * Confidence and rightness by exit. What is left at the end is answered by the deepest exit with numbers: at the last
 * exit where the network ends, else behind it, in a column of its own.
 */
function columnsOfTaken(
  samples: readonly SampleScores[],
  taken: readonly Taken[],
  goesOn: boolean,
): ExitColumns {
  const exits = taken[0]?.results.length ?? 0
  const isRight = (exit: number) =>
    Uint8Array.from(taken, ({ results }, i) =>
      Number(results[exit]?.prediction === samples[i]?.label),
    )
  const confidences = Array.from({ length: exits }, (_, exit) =>
    Float64Array.from(taken, ({ results }) => results[exit]?.confidence ?? Number.NaN),
  )
  const rest = Uint8Array.from(taken, ({ results }, i) =>
    Number(results.findLast(isUsable)?.prediction === samples[i]?.label),
  )
  const rights = Array.from({ length: exits }, (_, exit) => isRight(exit))
  return goesOn
    ? createColumns(
        [...confidences, new Float64Array(taken.length).fill(Number.NaN)],
        [...rights, rest],
      )
    : createColumns(confidences, [...rights.slice(0, -1), rest])
}

function withoutLast({ confidence, isRight }: ExitColumns): ExitColumns {
  return createColumns(confidence.slice(0, -1), isRight.slice(0, -1))
}

function withFronts(
  found: readonly { readonly thresholds: readonly number[]; readonly reached: Reached }[],
): readonly TriedThresholds[] {
  const accuracyOf = ({ reached }: (typeof found)[number]) => reached.accuracy.count
  const byAdds = frontOf(found, ({ reached }) => reached.multiplyAdds ?? Number.NaN, accuracyOf)
  const byBytes = frontOf(found, ({ reached }) => reached.bytes, accuracyOf)
  return found.map((one) => ({
    ...one.reached,
    thresholds: one.thresholds.map((threshold) => (threshold >= never ? undefined : threshold)),
    isOnFront: { multiplyAdds: byAdds.has(one), bytes: byBytes.has(one) },
  }))
}
