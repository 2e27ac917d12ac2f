// The cascade as serving runs it: who leaves where, and how often those are right. Pure.
import { shareOf, type Share } from '../../domain/share.ts'
import { exitRatesOf, type ClassExits } from './exit-rates.ts'
import { hardestImages, type HardImage } from './hardest.ts'
import { qualityOf, type Quality } from './quality.ts'
import type { Scores } from './scores.ts'
import type { Taken } from './taken-exit.ts'

/** Who left at one exit, or in one tier. */
interface Leavers {
  readonly name: string
  readonly left: Share
  /** Of those alone. */
  readonly accuracy: Share
}

export interface CascadeEvaluation extends Quality {
  readonly exits: readonly Leavers[]
  /** By the folders given, where there are several; else by stage. */
  readonly tiers: readonly Leavers[]
  /**
   * Samples that no exit was confident of, where the network goes on beyond these models: its deepest
   * exit answers them here, a tier would offload them. None where the network ends.
   */
  readonly unsure: Leavers
  /** Where the samples of each label leave. */
  readonly exitRates: readonly ClassExits[]
  /** Wrong answers by falling confidence, the first hundred. */
  readonly hardest: readonly HardImage[]
}

/** Of images that are named. */
const mostHard = 100

/** In place of an exit's index: nobody left. */
const unsure = -1

/** `taken` is in the order of the samples. */
export function evaluateCascade(scores: Scores, taken: readonly Taken[]): CascadeEvaluation {
  const { exits, stages, samples } = scores
  const answers = samples.map(({ label }, i) => {
    const { exit = -1, isLeft = false, results } = taken[i] ?? {}
    return { label, prediction: results?.[exit]?.prediction ?? -1, exit: isLeft ? exit : unsure }
  })
  const leavers = (name: string, isHere: (exit: number) => boolean): Leavers => {
    const here = answers.filter(({ exit }) => isHere(exit))
    const right = here.filter(({ label, prediction }) => label === prediction).length
    return {
      name,
      left: shareOf(here.length, answers.length),
      accuracy: shareOf(right, here.length),
    }
  }
  const folders = new Set(stages.map(({ tier }) => tier))
  const tierOf = (stage: number) => (folders.size > 1 ? stages[stage]?.tier : stage)
  const tiers = [...new Set(stages.map((_, stage) => tierOf(stage)))]
  return {
    ...qualityOf(answers, scores.labels),
    exits: exits.map(({ name }, index) => leavers(name, (exit) => exit === index)),
    tiers: tiers.map((tier) =>
      leavers(tierName(scores, tier, tierOf), (exit) => {
        const stage = exits[exit]?.stage
        return stage !== undefined && tierOf(stage) === tier
      }),
    ),
    unsure: leavers('unsure', (exit) => exit === unsure),
    exitRates: exitRatesOf(samples, taken, scores.labels, exits.length),
    hardest: hardestImages(samples, taken, mostHard),
  }
}

/** The names of its stages: a tier folder may hold several. */
function tierName(
  { stages }: Scores,
  tier: number | undefined,
  tierOf: (stage: number) => number | undefined,
): string {
  const own = stages.filter((_, stage) => tierOf(stage) === tier)
  return own.map(({ name }) => name).join(' + ')
}
