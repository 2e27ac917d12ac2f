// How far a run is, on stderr: images done, rate, time left, where they left, what went wrong.
import { answerOf, isFallback } from '../domain/reply.ts'
import { describePercent } from './describe.ts'
import { cellsOf, createCounted, type Total } from './live/counted.ts'
import { createExits } from './live/exits.ts'
import { createLive, type LiveOptions } from './live/live.ts'
import { span, type Span } from './live/spans.ts'
import type { Report } from './report.ts'

interface ProgressOptions extends Pick<LiveOptions, 'stream' | 'intervalMs' | 'now' | 'env'> {
  /** Samples of the run. */
  readonly total: number
}

/** Images done, those that failed among them. */
export interface CountProgress {
  update(done: number, failed: number): void
  /** Shows the last count. Idempotent. */
  close(): void
}

/** Shows counts that somebody else keeps. */
export function createCountProgress(options: ProgressOptions): CountProgress {
  const counted = createCounted({ ...options, unit: 'images' })
  let failed = 0
  const live = createLive({
    ...options,
    draw: (columns) => [counted.pieces(columns), failedPieces(failed)],
    line: () => counted.words() + failedWords(failed),
  })
  return {
    update(done, failedNow) {
      counted.update(done)
      failed = failedNow
      live.changed()
    },
    close: () => live.close(),
  }
}

/** Images that somebody else asks for. */
interface ImagesProgress {
  answered(answer: ShownAnswer): void
  failed(): void
  close(last?: 'line' | 'nothing'): void
}

interface ShownAnswer {
  readonly tier: string
  readonly exit: number
  /** Undefined where nobody knows what is right. */
  readonly isRight: boolean | undefined
  readonly isFallback: boolean
}

interface ImagesOptions extends Omit<ProgressOptions, 'total'> {
  readonly total: Total
}

/** Counts images, in any order. */
export function createImagesProgress(options: ImagesOptions): ImagesProgress {
  const counted = createCounted({ ...options, unit: 'images' })
  const exits = createExits()
  const so = { failed: 0, fallbacks: 0, judged: 0, right: 0 }
  const live = createLive({
    ...options,
    draw: (columns) => [
      counted.pieces(columns),
      exits.pieces(cellsOf(columns)),
      [...rightPieces(so), ...failedPieces(so.failed), ...fallbackPieces(so.fallbacks)],
    ],
    line: () => counted.words() + failedWords(so.failed) + leftWords(exits.words()),
  })
  const next = () => {
    counted.update(counted.done + 1)
    live.changed()
  }
  return {
    answered({ tier, exit, isRight, isFallback: isNearer }) {
      exits.add(tier, exit)
      if (isNearer) so.fallbacks++
      if (isRight !== undefined) so.judged++
      if (isRight === true) so.right++
      next()
    },
    failed() {
      so.failed++
      next()
    },
    close: (last) => live.close(last),
  }
}

/** Counts outcomes, in any order. */
export function createProgress(options: ProgressOptions): Report {
  const progress = createImagesProgress(options)
  return {
    add({ reply, label }) {
      const answer = reply && answerOf(reply)
      if (reply === undefined || answer === undefined) progress.failed()
      else {
        const { exit, prediction } = answer.result
        const isRight = prediction === label
        progress.answered({ tier: answer.tier, exit, isRight, isFallback: isFallback(reply) })
      }
      return Promise.resolve()
    },
    close() {
      progress.close()
      return Promise.resolve()
    },
  }
}

type Pieces = readonly (readonly Span[])[]

function rightPieces({ judged, right }: { judged: number; right: number }): Pieces {
  if (judged === 0) return []
  return [[span(`${describePercent(right / judged)} right`, 'right')]]
}

function failedPieces(failed: number): Pieces {
  return failed === 0 ? [] : [[span(`${failed} failed`, 'wrong')]]
}

function fallbackPieces(fallbacks: number): Pieces {
  return fallbacks === 0
    ? []
    : [[span(`${fallbacks} ${fallbacks === 1 ? 'fallback' : 'fallbacks'}`, 'warning')]]
}

function failedWords(failed: number): string {
  return failed === 0 ? '' : `, ${failed} failed`
}

function leftWords(exits: string): string {
  return exits === '' ? '' : `; left at ${exits}`
}
