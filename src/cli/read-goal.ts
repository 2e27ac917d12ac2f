// The flags that say what thresholds are for: one goal, checked and in shares.
import type { Goal } from '../lab/evaluation/goal.ts'
import type { Values } from './flag-types.ts'

const goalFlags = ['max-accuracy-loss', 'exit-rate', 'latency-ms'] as const

/** Problems are added to the list, and the result is of no use then. */
export function readGoal(values: Values<'calibrate'>, problems: string[]): Goal {
  const given = goalFlags.filter((name) => values.isGiven(name))
  if (given.length > 1) {
    problems.push(`Expected one goal, got ${given.map((name) => `--${name}`).join(' and ')}`)
  }
  const isEmpirical = values.boolean('empirical') === true
  if (isEmpirical && (given.includes('exit-rate') || given.includes('latency-ms'))) {
    problems.push(
      `Expected --empirical with --max-accuracy-loss, got --${given.join(', --')}, which proves nothing anyway`,
    )
  }
  if (
    values.isGiven('loss-among') &&
    (given.includes('exit-rate') || given.includes('latency-ms'))
  ) {
    problems.push(`Expected --loss-among with --max-accuracy-loss, got --${given.join(', --')}`)
  }
  const of = values.string('loss-of')
  if (of === 'net' && (isEmpirical || given.some((name) => name !== 'max-accuracy-loss'))) {
    const other = isEmpirical
      ? '--empirical, which measures the net loss anyway'
      : given.map((name) => `--${name}`).join(', ')
    problems.push(`Expected --loss-of net with a proof of --max-accuracy-loss, got ${other}`)
  }
  if (of === 'net' && values.string('loss-among') !== 'all') {
    problems.push(
      `Expected --loss-among all with --loss-of net, got ${values.string('loss-among')}; of those that left at an exit the harmed are proved`,
    )
  }
  const meanMs = values.number('latency-ms')
  if (meanMs !== undefined) return { kind: 'latency', meanMs }
  const shares = values.string('exit-rate')
  if (shares !== undefined) return { kind: 'exit-rate', shares: readShares(shares, problems) }
  const points = values.number('max-accuracy-loss')
  const among = values.string('loss-among')
  return {
    ...{ kind: 'loss', maxLoss: points / 100, by: isEmpirical ? 'measured' : 'proven' },
    ...(among === 'all' ? {} : { among }),
    ...(of === 'harmed' ? {} : { of }),
  }
}

function readShares(text: string, problems: string[]): readonly number[] {
  const shares = text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(Number)
  const isRight = shares.length > 0 && shares.every((share) => share >= 0 && share <= 1)
  if (!isRight) {
    problems.push(
      `Expected --exit-rate to be shares from 0 to 1, as 0.6 or 0.4,0.85, got '${text}'`,
    )
  }
  return shares
}
