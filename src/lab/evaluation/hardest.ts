// The images that the cascade is most sure of, and wrong: mislabelled, ambiguous, or what the models never learned. Pure.
import { probabilitiesOfResult } from '../../domain/reply.ts'
import type { SampleScores } from './scores.ts'
import type { Taken } from './taken-exit.ts'

export interface HardImage {
  readonly file: string
  readonly label: number
  readonly prediction: number
  /** Place of the exit that answered among the chain's. */
  readonly exit: number
  /** Of the prediction at that exit, by its temperature, 0 to 1: the same measure whatever the criterion. */
  readonly probability: number
}

/** Wrong answers by falling probability, at most `most`; those without a number last. */
export function hardestImages(
  samples: readonly SampleScores[],
  taken: readonly Taken[],
  most: number,
): readonly HardImage[] {
  const wrong = taken.flatMap(({ results, exit }, i): HardImage[] => {
    const [sample, result] = [samples[i], results[exit]]
    if (sample === undefined || result === undefined || result.prediction === sample.label)
      return []
    const { prediction } = result
    const probability = prediction < 0 ? 0 : (probabilitiesOfResult(result)[prediction] ?? 0)
    return [{ file: sample.file, label: sample.label, prediction, exit, probability }]
  })
  return wrong.sort((a, b) => b.probability - a.probability).slice(0, most)
}
