// Fits of exits with the learned criterion of each: it looks at what the exit goes by, so it comes after all others. Pure.
import { argmax, logitsOf } from '../../domain/confidence.ts'
import { hearAt, voicesOf, type ExitFit } from './exit-fit.ts'
import { fitLearned } from './fit-learned.ts'
import type { ExitFacts, SampleScores } from './scores.ts'

interface TaughtExit {
  /** As given, with the weights. */
  readonly fit: ExitFit
  /** What `learned` says of each sample by weights that it did not fit: by what criteria are ranked. */
  readonly outOfFold: Float64Array
}

/** One an exit; `samples` are those that fitted the rest too. */
export function teachExits(
  samples: readonly SampleScores[],
  exits: readonly ExitFacts[],
  fits: readonly ExitFit[],
): readonly TaughtExit[] {
  const voices = voicesOf(exits, fits)
  return fits.map((fit, exit) => {
    const said = samples.map((sample) => {
      const { values, gives, temperature } = hearAt(sample, voices, exit)
      const isRight = argmax(values) === sample.label
      return { logits: logitsOf(values, gives), temperature, isRight }
    })
    const { learned, outOfFold } = fitLearned(said, said[0]?.logits.length ?? 0)
    return { fit: { ...fit, learned }, outOfFold }
  })
}
