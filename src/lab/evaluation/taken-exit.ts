// Where each sample leaves, decided as serving decides it: at the first exit that is confident.
import type { ExitRule } from '../../domain/exit.ts'
import { isConfident, judge } from '../../domain/exit.ts'
import { startMemory } from '../../domain/exit-memory.ts'
import { isUsable, type ExitResult } from '../../domain/reply.ts'
import type { SampleScores } from './scores.ts'

/** What became of one sample. */
export interface Taken {
  /** Every exit's judgement, also of those it did not reach. */
  readonly results: readonly ExitResult[]
  /** Place of the exit that answers among the chain's. */
  readonly exit: number
  /**
   * False where no exit was confident and the network goes on beyond these models: the deepest exit
   * answers, as in a local run without a front, where a tier would offload.
   */
  readonly isLeft: boolean
}

/**
 * Judges one sample; `rules` are in the order of its values. `isWhole`: the network ends with these
 * models, so its deepest exit of finite values answers whatever its threshold; its last where none has any.
 */
export function takeExit(
  sample: SampleScores,
  rules: readonly ExitRule[],
  isWhole: boolean,
): Taken {
  const memory = startMemory()
  const results = rules.map((rule, exit) => judge(sample.values[exit] ?? [], rule, memory))
  const deepest = results.findLastIndex(isUsable)
  const confident = results.findIndex((result, exit) => {
    const rule = rules[exit]
    return rule !== undefined && isConfident(result, rule)
  })
  if (confident !== -1) return { results, exit: confident, isLeft: true }
  const exit = deepest === -1 ? rules.length - 1 : deepest
  return { results, exit, isLeft: isWhole }
}
