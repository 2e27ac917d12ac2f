// How far a run is, on stderr: images done, rate, time left, where they left, what went wrong.
import type { Outcome } from '../domain/outcome.ts'
import { answerOf, isFallback } from '../domain/reply.ts'
import { describePercent } from './describe.ts'
import { cellsOf, createCounted } from './live/counted.ts'
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

/** Counts outcomes, in any order. */
export function createProgress(options: ProgressOptions): Report {
  const counted = createCounted({ ...options, unit: 'images' })
  const exits = createExits()
  const so = { failed: 0, fallbacks: 0, answered: 0, right: 0 }
  const live = createLive({
    ...options,
    draw: (columns) => [
      counted.pieces(columns),
      exits.pieces(cellsOf(columns)),
      [...rightPieces(so), ...failedPieces(so.failed), ...fallbackPieces(so.fallbacks)],
    ],
    line: () => counted.words() + failedWords(so.failed) + leftWords(exits.words()),
  })
  return {
    add(outcome) {
      count(outcome, so)
      exits.add(outcome)
      counted.update(counted.done + 1)
      live.changed()
      return Promise.resolve()
    },
    close() {
      live.close()
      return Promise.resolve()
    },
  }
}

interface Counts {
  failed: number
  fallbacks: number
  answered: number
  right: number
}

function count({ reply, label }: Outcome, so: Counts): void {
  const answer = reply && answerOf(reply)
  if (reply === undefined || answer === undefined) {
    so.failed++
    return
  }
  so.answered++
  if (isFallback(reply)) so.fallbacks++
  if (answer.result.prediction === label) so.right++
}

type Pieces = readonly (readonly Span[])[]

function rightPieces({ answered, right }: Counts): Pieces {
  if (answered === 0) return []
  return [[span(`${describePercent(right / answered)} right`, 'right')]]
}

function failedPieces(failed: number): Pieces {
  return failed === 0 ? [] : [[span(`${failed} failed`, 'wrong')]]
}

function fallbackPieces(fallbacks: number): Pieces {
  return fallbacks === 0 ? [] : [[span(`${fallbacks} fallbacks`, 'warning')]]
}

function failedWords(failed: number): string {
  return failed === 0 ? '' : `, ${failed} failed`
}

function leftWords(exits: string): string {
  return exits === '' ? '' : `; left at ${exits}`
}
