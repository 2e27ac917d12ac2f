// Thresholds as an operator turned them on the live page: in place of the models', until this process ends. Requests
// that bring their own keep them.
import type { ExitFacts } from '../../domain/tier-facts.ts'
import { withoutKnobs, type TurnedThresholds } from '../../domain/turned-thresholds.ts'

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
  let ownExits: readonly ExitFacts[] = []
  let frontExits: readonly ExitFacts[] = []
  let current: TurnedThresholds = withoutKnobs
  const settle = () => {
    const all = [...ownExits, ...frontExits]
    const isAny = (exits: readonly ExitFacts[]) => exits.some(({ index }) => turned.has(index))
    const own = isAny(ownExits) ? thresholdsOf(all, turned) : undefined
    const front = isAny(frontExits) ? thresholdsOf(all, turned) : undefined
    current = { own, front }
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

/**
 * By place of the exit in the family, as requests carry them: one for each, since the last of a list holds for all
 * behind it.
 */
function thresholdsOf(
  exits: readonly ExitFacts[],
  turned: ReadonlyMap<number, number>,
): readonly number[] {
  const count = Math.max(...exits.map(({ index }) => index)) + 1
  return Array.from({ length: count }, (_, exit) => {
    const own = exits.find(({ index }) => index === exit)?.threshold
    return turned.get(exit) ?? own ?? always
  })
}

/** Of an exit that no tier of the chain has: nobody asks it. */
const always = 0
