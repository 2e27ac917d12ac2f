// Thresholds as an operator turned them on the live page: in place of the models', until this process ends. Requests
// that bring their own keep them.
import type { ExitFacts } from '../../domain/tier-facts.ts'
import {
  maxThresholds,
  withoutKnobs,
  type TurnedThresholds,
} from '../../domain/turned-thresholds.ts'

export interface Knobs extends TurnedThresholds {
  /** Undefined while nobody has. */
  turnedAt(exit: number): number | undefined
  /** null gives the exit its own back. */
  turn(exit: number, threshold: number | null): void
  /** Which exits there are: those of this process, and those in front as they told of themselves. */
  knows(own: readonly ExitFacts[], front: readonly ExitFacts[]): void
}

export function createKnobs(): Knobs {
  const turned = new Map<number, number>()
  let frontExits: readonly ExitFacts[] = []
  let current: TurnedThresholds = withoutKnobs
  let ownExits: readonly ExitFacts[] = []
  const settle = () => {
    current = { own: ownThresholds(turned), front: frontThresholds(turned, ownExits, frontExits) }
  }
  return {
    get own() {
      return current.own
    },
    get front() {
      return current.front
    },
    turnedAt: (exit) => turned.get(exit),
    turn(exit, threshold) {
      if (threshold === null) turned.delete(exit)
      else turned.set(exit, threshold)
      settle()
    },
    knows(own, front) {
      ownExits = own
      frontExits = front
      settle()
    },
  }
}

/** Exits that nobody turned are holes, and so is the last place, for all exits behind: they keep what their models say. */
function ownThresholds(
  turned: ReadonlyMap<number, number>,
): readonly (number | undefined)[] | undefined {
  if (turned.size === 0) return undefined
  return Array.from({ length: Math.max(...turned.keys()) + 2 }, (_, exit) => turned.get(exit))
}

/**
 * By place of the exit in the family, as requests carry them: one for each, since the last of a list holds for all
 * behind it. Undefined where nothing in front was turned, or where a tier there does not tell its own.
 */
function frontThresholds(
  turned: ReadonlyMap<number, number>,
  own: readonly ExitFacts[],
  front: readonly ExitFacts[],
): readonly number[] | undefined {
  if (!front.some(({ index }) => turned.has(index))) return undefined
  const exits = [...own, ...front]
  const isTold = exits.every(
    ({ index, threshold }) =>
      threshold !== undefined && Number.isSafeInteger(index) && index >= 0 && index < maxThresholds,
  )
  if (!isTold) return undefined
  const count = Math.max(...exits.map(({ index }) => index)) + 1
  return Array.from({ length: count }, (_, exit) => {
    const told = exits.find(({ index }) => index === exit)?.threshold
    return turned.get(exit) ?? told ?? always
  })
}

/** Of an exit that no tier of the chain has: nobody asks it. */
const always = 0
