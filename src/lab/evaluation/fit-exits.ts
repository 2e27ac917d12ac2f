// What calibration fits of each exit, on the samples that choose: temperatures, and memory where it is worth it. Pure.
import type { ExitMemory, MemoryChoice } from '../../domain/exit-memory.ts'
import { scoredOf } from './columns-of-scores.ts'
import { voicesOf, type ExitFit } from './exit-fit.ts'
import { fitMean } from './fit-mean.ts'
import { recalledOf } from './recalled.ts'
import type { ExitFacts, SampleScores } from './scores.ts'
import { fitTemperature } from './temperature.ts'
import { tryMemory, type MemoryTrial } from './try-memory.ts'

export interface FitOptions {
  readonly memory: MemoryChoice
  /** Of the halves that memory is tried on. */
  readonly seed: number
}

/** One fit an exit; four decimals, since what is written is what was measured. */
export function fitExits(
  samples: readonly SampleScores[],
  exits: readonly ExitFacts[],
  options: FitOptions,
): readonly ExitFit[] {
  const alone = voicesOf(exits, [])
  return exits.map((_, exit) => {
    const temperature = rounded(fitTemperature(scoredOf(samples, alone, exit)))
    return { temperature, ...rememberingFit(samples, exits, exit, options) }
  })
}

function rememberingFit(
  samples: readonly SampleScores[],
  exits: readonly ExitFacts[],
  exit: number,
  { memory: choice, seed }: FitOptions,
): { readonly memory?: ExitMemory; readonly trial?: MemoryTrial } {
  if (choice === 'off' || exit === 0) return {}
  const recalled = recalledOf(samples, exits, exit)
  const places = exits.slice(0, exit + 1).map(({ index }) => index)
  const trial = tryMemory(recalled, {
    ...{ places, exits: exits.length, seed },
    isForced: choice === 'on',
  })
  return trial.isKept ? { trial, memory: fitMean(recalled, places) } : { trial }
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4
}
