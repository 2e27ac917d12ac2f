// What is said at the end: how many images, how fast, where they left, how many were right.
import { visibleText } from '../../../domain/visible.ts'
import { describeMs, describePercent } from '../../../report/describe.ts'
import type { Classified } from '../classify.ts'
import type { FrameCounts } from '../sources/video.ts'

interface ClassifySummary {
  add(outcome: Classified): void
  readonly answered: number
  readonly failed: number
  /** One line without a line feed; `frames` where a video was read. */
  describe(elapsedMs: number, frames: FrameCounts | undefined): string
}

export function createSummary(): ClassifySummary {
  const tiers = new Map<string, number>()
  let answered = 0
  let failed = 0
  let labelled = 0
  let right = 0
  return {
    add(outcome) {
      if ('error' in outcome) {
        failed++
        return
      }
      const { verdict, truth } = outcome
      answered++
      tiers.set(verdict.tier, (tiers.get(verdict.tier) ?? 0) + 1)
      if (truth === undefined) return
      labelled++
      if (verdict.label === truth) right++
    },
    get answered() {
      return answered
    },
    get failed() {
      return failed
    },
    describe(elapsedMs, frames) {
      const rate = elapsedMs > 0 ? (answered / (elapsedMs / 1000)).toFixed(1) : '-'
      const left = [...tiers].map(([tier, count]) => `${visibleText(tier)} ${count}`).join(', ')
      const parts = [
        `${answered} ${answered === 1 ? 'image' : 'images'} in ${describeMs(elapsedMs)}, ${rate} a second`,
        ...(left === '' ? [] : [`answered by ${left}`]),
        ...(labelled === 0
          ? []
          : [`${right} of ${labelled} right, ${describePercent(right / labelled)}`]),
        ...(frames === undefined
          ? []
          : [
              `frames: ${frames.read} read, ${frames.asked} asked, ${frames.gated} gated, ${frames.dropped} dropped`,
            ]),
        `${failed} failed`,
      ]
      return parts.join('; ')
    },
  }
}
