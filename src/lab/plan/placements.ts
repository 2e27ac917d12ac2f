// Every way to lay a chain of submodels over places: each place holds a run of neighbouring ones, or none. Pure.
import type { Place, PlacedTier } from './plan.ts'

/**
 * Of n submodels and k places that may hold some: C(n + k - 1, n) placements, in a fixed order. The chain never
 * goes back to a place before; a place without submodels has no tier, and is passed by.
 */
export function placementsOf(
  stages: number,
  places: readonly Place[],
): readonly (readonly PlacedTier[])[] {
  const hosts = places.filter(({ isHost }) => isHost)
  const found: (readonly PlacedTier[])[] = []
  const lay = (from: number, host: number, tiers: readonly PlacedTier[]): void => {
    if (from === stages) {
      found.push(tiers)
      return
    }
    for (const [i, place] of hosts.entries()) {
      if (i < host) continue
      for (let to = from + 1; to <= stages; to++) lay(to, i + 1, [...tiers, { place, from, to }])
    }
  }
  lay(0, 0, [])
  return found
}
