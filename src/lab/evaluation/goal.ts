// What thresholds are chosen for. Plain data; goal-thresholds.ts reaches it.
import { ConfigError } from '../../errors.ts'
import type { LossGroup, LossKind } from './exit-risks.ts'

export type Goal =
  /** As little cost as the accuracy allows. */
  | {
      readonly kind: 'loss'
      /** 0 to 1: 0.005 is half a point. */
      readonly maxLoss: number
      /**
       * `proven`: what is lost is at most `maxLoss`, at the confidence.
       * `measured`: accuracy on the choosing samples is at most `maxLoss` below the last exit's.
       */
      readonly by: 'proven' | 'measured'
      /** Of whom; of all samples where undefined. */
      readonly among?: LossGroup | undefined
      /** What is proved; the harmed where undefined. `net` is of all samples alone. */
      readonly of?: LossKind | undefined
    }
  /** As much accuracy as is left when these shares leave. */
  | {
      readonly kind: 'exit-rate'
      /** Least share that has left by each early exit, rising; or one number: before the last exit. */
      readonly shares: readonly number[]
    }
  /** As much accuracy as a mean time allows. */
  | { readonly kind: 'latency'; readonly meanMs: number }

export type LossGoal = Extract<Goal, { kind: 'loss' }>

/** Whether it is to be proved, not measured. */
export function isProven(goal: Goal): goal is LossGoal {
  return goal.kind === 'loss' && goal.by === 'proven'
}

/** What a bound for this goal is of. */
export function lossKindOf(goal: Goal): LossKind {
  return isProven(goal) ? (goal.of ?? 'harmed') : 'harmed'
}

const groupWords: Readonly<Record<LossGroup, string>> = {
  all: '',
  'left-by': ' among those that have left by each exit',
  'left-at': ' among those that left at each exit',
}

/** In words, for reports and manifests. */
export function describeGoal(goal: Goal, confidence: number): string {
  switch (goal.kind) {
    case 'loss': {
      const points = `accuracy loss at most ${roundTo(goal.maxLoss * 100, 4)} points${goal.of === 'net' ? ', net of what is gained,' : ''}${groupWords[goal.among ?? 'all']}`
      return isProven(goal) ? `${points} at confidence ${confidence}` : `${points}, as measured`
    }
    case 'exit-rate':
      return goal.shares.length === 1
        ? `at least ${percentOf(goal.shares[0] ?? 0)} leave before the last exit`
        : `at least ${goal.shares.map(percentOf).join(', ')} have left by exit ${goal.shares.map((_, i) => i + 1).join(', ')}`
    case 'latency':
      return `mean time at most ${goal.meanMs} ms`
  }
}

function percentOf(share: number): string {
  return `${roundTo(share * 100, 4)} %`
}

function roundTo(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}

/**
 * Checks the shares of `exit-rate`: one, or as many as there are early exits; rising, as they are cumulative.
 * @throws DDNN_CONFIG_INVALID
 */
export function checkShares(goal: Goal, exits: number): void {
  if (goal.kind !== 'exit-rate' || exits === 1) return
  const { shares } = goal
  const early = exits - 1
  const isRising = shares.every((share, i) => i === 0 || share >= (shares[i - 1] ?? 0))
  if ((shares.length === 1 || shares.length === early) && isRising) return
  const wanted =
    early === 1 ? 'one share' : `one share, or ${early} that do not fall (have left by each exit)`
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected --exit-rate to be ${wanted} for ${exits} exits, got ${shares.join(',')}`,
    { hint: 'The last exit takes the rest and has no share; 0.4,0.85 is 40 % by the first exit' },
  )
}
