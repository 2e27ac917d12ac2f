// What changed, in sentences: for the eye as a short list, for screen readers as they come. Pure.
import type { WatchedTier } from '../domain/watch.ts'
import { thresholdText } from './numbers.ts'
import { exitsOf } from './tiers.ts'

export function changesBetween(
  before: readonly WatchedTier[],
  now: readonly WatchedTier[],
): readonly string[] {
  const known = new Map(before.map((tier) => [tier.name, tier]))
  // A process that was not asked yet finds its neighbours: that is no change.
  const hadNeighbours = before.some(({ state }) => state !== 'here')
  const come = now.filter(({ name }) => hadNeighbours && !known.has(name))
  return [
    ...come.map(({ name }) => `${name} has come.`),
    ...now.flatMap((tier) => tierChanges(known.get(tier.name), tier)),
    ...thresholdChanges(before, now),
  ]
}

function tierChanges(before: WatchedTier | undefined, now: WatchedTier): readonly string[] {
  const { name } = now
  if (before === undefined) return []
  if (before.state !== 'silent' && now.state === 'silent') return [`${name} gives no answer.`]
  if (before.state === 'silent' && now.state !== 'silent') return [`${name} answers again.`]
  const isOther =
    now.replicas <= 1 &&
    before.life !== undefined &&
    now.life !== undefined &&
    before.life.instance !== now.life.instance
  return isOther ? [`${name} was started anew.`] : []
}

function thresholdChanges(before: readonly WatchedTier[], now: readonly WatchedTier[]) {
  const known = new Map(exitsOf(before).map((exit) => [exit.index, exit]))
  return exitsOf(now).flatMap((exit) => {
    const old = known.get(exit.index)
    if (old === undefined || old.turned === exit.turned) return []
    const { index, turned, threshold } = exit
    return turned === undefined
      ? [`Exit ${index} has its own threshold again, ${thresholdText(threshold)}.`]
      : [`Threshold of exit ${index} turned to ${thresholdText(turned)}.`]
  })
}
