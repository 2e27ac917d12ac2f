// Scores of the images that choose and, where a set of its own tests, of these behind them; `ddnn calibrate` begins so.
import type { JudgedScores, ScoresOptions } from '../compose/scores.ts'
import type { LabelledInput } from '../lab/evaluation/labelled.ts'
import { joinScores } from '../lab/evaluation/join-scores.ts'
import type { Logger } from '../telemetry/log.ts'
import { collectWithProgress } from './collect-scores.ts'

interface CollectedScores {
  readonly judged: JudgedScores
  /** How many of the samples choose; undefined where all are of one set. */
  readonly choosing: number | undefined
}

/** Undefined, with a warning in the log, when the signal aborted. */
export async function collectToTest(
  options: ScoresOptions,
  testInput: LabelledInput | undefined,
  log: Logger,
  signal: AbortSignal,
): Promise<CollectedScores | undefined> {
  const judged = await collectWithProgress(options, log, signal)
  if (judged === undefined) return undefined
  if (testInput === undefined) return { judged, choosing: undefined }
  log.info({ images: testInput.folder }, 'the images that test')
  const tested = await collectWithProgress({ ...options, input: testInput }, log, signal)
  if (tested === undefined) return undefined
  const { scores, choosing, inBoth } = joinScores(judged.scores, tested.scores)
  if (inBoth > 0) {
    log.warn(
      `${inBoth} of the ${tested.scores.samples.length} images that test look like ones that choose: a bound holds for images that chose nothing`,
    )
  }
  return { judged: { ...judged, scores }, choosing }
}
