// How far `ddnn classify` is, on stderr, where its answers go to a file or a pipe.
import { createImagesProgress } from '../report/progress.ts'
import { countImages } from '../serving/classify/ask-all.ts'
import type { Classified } from '../serving/classify/classify.ts'
import type { OpenedSources } from '../serving/classify/sources/open-sources.ts'

interface ClassifyProgress {
  add(outcome: Classified): void
  /** Leaves nothing: the summary says it all. Idempotent. */
  close(): void
}

/** On a terminal the answers themselves show it; nobody waits for the end of what is watched. */
export function createClassifyProgress({
  isEndless,
  sources,
}: OpenedSources): ClassifyProgress | undefined {
  if (process.stdout.isTTY || isEndless) return undefined
  // Large folders take their time; the first answers do not wait for it.
  let total: number | undefined
  void countImages(sources).then((counted) => (total = counted))
  const progress = createImagesProgress({ stream: process.stderr, total: () => total })
  return {
    add(outcome) {
      if ('error' in outcome) return progress.failed()
      const { truth, verdict } = outcome
      const { tier, exit, fallback: isFallback, label } = verdict
      const isRight = truth === undefined ? undefined : truth === label
      progress.answered({ tier, exit, isRight, isFallback })
    },
    close: () => progress.close('nothing'),
  }
}
