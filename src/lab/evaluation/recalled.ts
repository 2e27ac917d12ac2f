// Samples as the memory of an exit is fitted on them: what it and the exits before it said. Pure.
import { logitsOf } from '../../domain/confidence.ts'
import {
  recall,
  startMemory,
  type ExitMemory,
  type SampleMemory,
} from '../../domain/exit-memory.ts'
import type { ExitFacts, SampleScores } from './scores.ts'
import type { Scored } from './temperature.ts'

export interface RecalledSample extends Scored {
  /** Log-probabilities of each exit up to this one, float32 [classes]; `logits` are its own. */
  readonly logs: readonly Float32Array[]
  readonly memory: SampleMemory
}

/** Those of which each exit up to this one gave numbers, for as many classes. */
export function recalledOf(
  samples: readonly SampleScores[],
  exits: readonly ExitFacts[],
  exit: number,
): readonly RecalledSample[] {
  return samples.flatMap(({ values, label }): RecalledSample[] => {
    const memory = startMemory()
    const logs = exits.slice(0, exit + 1).flatMap(({ index, gives }, i) => {
      memory.keep(index, values[i] ?? [], gives)
      return memory.at(index) ?? []
    })
    const own = values[exit] ?? []
    const isWhole = logs.length === exit + 1 && logs.every(({ length }) => length === own.length)
    const { gives } = exits[exit] as ExitFacts
    return isWhole ? [{ logits: logitsOf(own, gives), label, logs, memory }] : []
  })
}

/** What the exit at this place of the family goes by under `memory`, in place of its own logits. */
export function recalledBy(
  samples: readonly RecalledSample[],
  place: number,
  memory: ExitMemory,
): readonly Scored[] {
  return samples.map(({ logits, label, memory: said }) => ({
    logits: recall(place, memory, said) ?? logits,
    label,
  }))
}
