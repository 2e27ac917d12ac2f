// Seeded random numbers: the same seeds draw the same numbers on every machine, whatever the order of
// the work. Training, calibration and their tests draw from here.

/** Draws numbers in [0, 1). */
export type Random = () => number

/** Mixes whole numbers into one of 32 bits (murmur3's finaliser over each). */
export function mixSeeds(...seeds: readonly number[]): number {
  let hash = 0x9e3779b9
  for (const seed of seeds) {
    hash = Math.imul(hash ^ (seed >>> 0), 0x85ebca6b)
    hash ^= hash >>> 13
    hash = Math.imul(hash, 0xc2b2ae35)
    hash ^= hash >>> 16
  }
  return hash >>> 0
}

/** mulberry32: 32 bits of state, good enough for crops, shuffles and simulation, never for secrets. */
export function createRandom(...seeds: readonly number[]): Random {
  let state = mixSeeds(...seeds)
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** A shuffled copy (Fisher-Yates). */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const copy = [...items]
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const item = copy[i] as T
    copy[i] = copy[j] as T
    copy[j] = item
  }
  return copy
}
