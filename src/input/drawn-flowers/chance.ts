// Seeded chance for the drawings: a stream of numbers for each part of a picture, so that a change
// of one part (say, more noise) does not move the others.

/** One stream of pseudo-random numbers. Same key, same numbers, on every machine. */
export interface Chance {
  /** Uniform in [0, 1). */
  next(): number
  /** Uniform in [from, to). */
  between(from: number, to: number): number
  /** Whole number, both ends included. */
  int(from: number, to: number): number
  /** Approximately normal, mean 0, deviation 1 (sum of four uniforms: fast, and tails do not matter here). */
  normal(): number
  pick<T>(list: readonly [T, ...T[]]): T
  chance(probability: number): boolean
}

/** FNV-1a over the key's UTF-16 units: spreads 'daisy/1' and 'daisy/2' over all 32 bits. */
function hash(key: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < key.length; i++) h = Math.imul(h ^ key.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** A stream named by a key (mulberry32, public domain, by Tommy Ettinger). */
export function createChance(key: string): Chance {
  let state = hash(key)
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const between = (from: number, to: number): number => from + (to - from) * next()
  const int = (from: number, to: number): number => Math.floor(between(from, to + 1))
  return {
    next,
    between,
    int,
    normal: () => (next() + next() + next() + next() - 2) * Math.sqrt(3),
    pick: (list) => list[int(0, list.length - 1)] ?? list[0],
    chance: (probability) => next() < probability,
  }
}
