// What calibration fits of an exit, and what the exits of a sample go by under it. Everything that looks at the class
// values of scores asks here, so that no figure forgets that an exit may remember. Pure.
import { hear, type ExitValues, type ExitVoice } from '../../domain/exit.ts'
import { startMemory, type ExitMemory } from '../../domain/exit-memory.ts'
import type { ConfidenceName } from '../../domain/confidence.ts'
import type { Learned } from '../../domain/learned.ts'
import type { MemoryTrial } from './try-memory.ts'
import type { ExitFacts, SampleScores } from './scores.ts'

export interface ExitFit {
  /** Of its own values, where it goes by these alone. */
  readonly temperature: number
  readonly memory?: ExitMemory | undefined
  /** Whether memory was worth it; undefined where it was not tried. */
  readonly trial?: MemoryTrial | undefined
  /** Of the criterion `learned`; undefined where it was not fitted. */
  readonly learned?: Learned | undefined
}

/** By the manifests; temperature 1 and no memory where these are silent. */
export function knownFits(exits: readonly ExitFacts[]): readonly ExitFit[] {
  return exits.map(({ temperature = 1, memory }) => ({ temperature, memory }))
}

export function voicesOf(
  exits: readonly ExitFacts[],
  fits: readonly ExitFit[],
): readonly ExitVoice[] {
  return exits.map(({ index, gives }, i) => ({
    ...{ exit: index, gives },
    temperature: fits[i]?.temperature ?? 1,
    memory: fits[i]?.memory,
    learned: fits[i]?.learned,
  }))
}

/** One entry an exit, in the order of the voices, which is that of the sample's values. */
export function hearAll(
  { values }: Pick<SampleScores, 'values'>,
  voices: readonly (ExitVoice & { readonly confidence?: ConfidenceName })[],
): readonly ExitValues[] {
  const memory = startMemory()
  return voices.map((voice, exit) => hear(values[exit] ?? [], voice, memory))
}

/** One exit alone. */
export function hearAt(
  { values }: Pick<SampleScores, 'values'>,
  voices: readonly ExitVoice[],
  exit: number,
): ExitValues {
  const memory = startMemory()
  for (const [i, before] of voices.slice(0, exit).entries()) {
    memory.keep(before.exit, values[i] ?? [], before.gives)
  }
  return hear(values[exit] ?? [], voices[exit] as ExitVoice, memory)
}
