// What every exit says of a labelled set, collected with progress on stderr; evaluate and calibrate begin so.
import { loadJudgedScores, type JudgedScores, type ScoresOptions } from '../compose/scores.ts'
import { describeNotRun } from '../report/describe.ts'
import { createCountProgress, type CountProgress } from '../report/progress.ts'
import type { Logger } from '../telemetry/log.ts'

/**
 * Undefined, with a warning in the log, when the signal aborted.
 * @throws what `loadJudgedScores` throws.
 */
export async function collectWithProgress(
  scores: ScoresOptions,
  log: Logger,
  signal: AbortSignal,
): Promise<JudgedScores | undefined> {
  let progress: CountProgress | undefined
  let left = ''
  try {
    const onProgress = (done: number, total: number, unreadable: number) => {
      progress ??= createCountProgress({ stream: process.stderr, total })
      progress.update(done, unreadable)
      left = `; ${describeNotRun(done, total)}`
      // Not later: timing single passes comes after, and would spoil the rate.
      if (done === total) progress.close()
    }
    return await loadJudgedScores(scores, { log, onProgress }, signal)
  } catch (thrown) {
    if (!signal.aborted) throw thrown
    // Before the line, which would stand behind an open bar.
    progress?.close()
    log.warn(`interrupted: nothing was written${left}`)
    return undefined
  } finally {
    progress?.close()
  }
}
