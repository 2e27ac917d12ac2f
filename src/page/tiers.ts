// The tiers as they are now: what the state said, with what the last tick says newer. Pure.
import type { WatchedExit, WatchedTier, WatchState, WatchTick } from '../domain/watch.ts'

export function tiersNow(state: WatchState, tick: WatchTick | undefined): readonly WatchedTier[] {
  const pulses = new Map(tick?.tiers.map((pulse) => [pulse.name, pulse]))
  return state.tiers.map((tier) => {
    const pulse = pulses.get(tier.name)
    return pulse === undefined
      ? tier
      : { ...tier, state: pulse.state, silentMs: pulse.silentMs, life: pulse.life ?? tier.life }
  })
}

/** Exits of all tiers, nearest first. */
export function exitsOf(tiers: readonly WatchedTier[]): readonly WatchedExit[] {
  return tiers.flatMap(({ exits }) => exits).toSorted((a, b) => a.index - b.index)
}

/** The threshold that holds now: as it was turned, else its own. */
export function thresholdNow({ threshold, turned }: WatchedExit): number | undefined {
  return turned ?? threshold
}

/**
 * Bytes in a second from a tier to the next one: what the one says it sends, else what the other says came. Undefined
 * within one process, which sends itself nothing, and where only requests over HTTP come, which nobody counts in bytes.
 * @param from undefined of requests from outside.
 */
export function linkLoad(
  from: WatchedTier | undefined,
  to: WatchedTier | undefined,
): number | undefined {
  if (from === undefined) return to?.life?.receivedBytesPerSecond || undefined
  if (from.state === 'here' && to?.state === 'here') return undefined
  return from.life?.sentBytesPerSecond ?? to?.life?.receivedBytesPerSecond
}

/** Of a class, by its index. */
export function labelText(labels: readonly string[] | undefined, index: number): string {
  return labels?.[index] ?? `class ${index}`
}

/** Where an exit is: `exit 1 · fog`; its tier is left out where nobody knows it. */
export function exitText(exit: number, tier: string | undefined): string {
  return tier === undefined ? `exit ${exit}` : `exit ${exit} · ${tier}`
}
