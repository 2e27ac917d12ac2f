// What is said where no thresholds reach a goal, with the nearest one that some reach.
import { ConfigError } from '../../errors.ts'
import { tallyOf, type ExitColumns, type Tally } from './exit-columns.ts'
import { costOf } from './exit-costs.ts'
import { samplesToProve } from './exit-risks.ts'
import { describeGoal, type LossGoal } from './goal.ts'
import type { ChoiceOptions } from './choice-options.ts'

const points = (share: number) => `${Number((share * 100).toFixed(2))} points`

/**
 * `nearest` is the least limit that could be proved of the first step that lets any leave; `byFolds`: whether all images
 * test already.
 */
export function notProvable(
  { maxLoss, among = 'all', of = 'harmed' }: LossGoal,
  samples: number,
  nearest: number,
  confidence: number,
  byFolds: boolean,
): ConfigError {
  // Rounded up, so that asking for what is named does work.
  const least = Math.ceil(nearest * 1e4) / 1e4
  const needed = samplesToProve(maxLoss, confidence, of)
  const whom = {
    all: '',
    'left-by': ' that have left by each exit',
    'left-at': ' that leave at each exit',
  }
  const needs = Number.isFinite(needed)
    ? `even without an error ${needed.toLocaleString('en')}${whom[among]} are needed`
    : 'no number of samples proves that there is none'
  return new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected a loss of at most ${points(maxLoss)} to be provable at confidence ${confidence} with ${samples.toLocaleString('en')} samples to test on, got none below ${points(least)}: ${needs}`,
    {
      hint: `Pass ${least < 1 ? `--max-accuracy-loss ${Number((least * 100).toFixed(2))}, or ` : ''}more samples; ${byFolds ? '' : 'or --folds 5, by which all images test; '}or --empirical for the loss as measured, with the bound that it reaches`,
    },
  )
}

/** No thresholds reach the goal on these samples; names the nearest that some do. */
export function impossible(table: ExitColumns, options: ChoiceOptions): ConfigError {
  const { goal, confidence, exitMs } = options
  const wanted = `Expected thresholds for the goal (${describeGoal(goal, confidence)})`
  if (goal.kind === 'latency') {
    // The fastest that thresholds can make it.
    const opened = table.order.map(() => -Infinity)
    const nearest = Math.ceil(costOf(tallyOf(table, opened), exitMs) * 1000) / 1000
    return new ConfigError(
      'DDNN_CONFIG_INVALID',
      `${wanted}, got ${nearest} ms at the least, when all leave at the first exit`,
      {
        hint: `Pass --latency-ms ${nearest} or more, a faster --link, or a smaller first submodel`,
      },
    )
  }
  const opened = tallyOf(
    table,
    table.order.map(() => -Infinity),
  )
  const most = (opened.samples - (opened.left.at(-1) as number)) / opened.samples
  return new ConfigError(
    'DDNN_CONFIG_INVALID',
    `${wanted}, got ${Number((most * 100).toFixed(2))} % at the most: the others' outputs are no numbers`,
    { hint: 'Look at the model: an exit gives NaN or infinity' },
  )
}

/** Thresholds reach the goal, but an exit keeps too many. */
export function tooFewLeave(
  tally: Tally,
  { goal, confidence, minExitShare }: ChoiceOptions,
): ConfigError {
  const shares = Array.from(
    tally.left,
    (count) => `${((count / tally.samples) * 100).toFixed(1)} %`,
  )
  const least = Math.min(...Array.from(tally.left, (count) => count / tally.samples))
  return new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected at least ${minExitShare * 100} % to leave at each exit within the goal (${describeGoal(goal, confidence)}), got ${shares.join(', ')}`,
    { hint: `Pass --min-exit-share ${Math.floor(least * 1000) / 1000} or a looser goal` },
  )
}
