// How far a run is, on stderr: a bar on a terminal, elsewhere a line every few seconds, so that a log
// of a long run says something and a log of a short one is not full of it.
import cliProgress from 'cli-progress'
import { answerOf } from '../domain/reply.ts'
import { describeMs } from './describe.ts'
import type { Report } from './report.ts'

/** Where progress is shown: process.stderr, or a stream of a test. */
export interface ProgressStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean
}

interface ProgressOptions {
  readonly stream: ProgressStream
  /** Samples of the run. */
  readonly total: number
  /** Between two lines where the stream is no terminal, milliseconds. */
  readonly intervalMs?: number
  readonly now?: () => number
}

/** Images done, those that failed among them. */
export interface CountProgress {
  update(done: number, failed: number): void
  /** Shows the last count. Idempotent. */
  close(): void
}

/** Shows counts that somebody else keeps. */
export function createCountProgress(options: ProgressOptions): CountProgress {
  const { stream, total, now = () => performance.now() } = options
  const startedAt = now()
  const show = stream.isTTY === true ? showBar(stream, total) : showLines(options, now)
  let last = { done: 0, failed: 0 }
  let isClosed = false
  return {
    update(done, failed) {
      last = { done, failed }
      show.update(done, failed, now() - startedAt)
    },
    close() {
      if (!isClosed) show.end(last.done, last.failed, now() - startedAt)
      isClosed = true
    },
  }
}

/** Counts outcomes, in any order. */
export function createProgress(options: ProgressOptions): Report {
  const progress = createCountProgress(options)
  let done = 0
  let failed = 0
  return {
    add(outcome) {
      done++
      if (outcome.reply === undefined || answerOf(outcome.reply) === undefined) failed++
      progress.update(done, failed)
      return Promise.resolve()
    },
    close() {
      progress.close()
      return Promise.resolve()
    },
  }
}

interface Show {
  update(done: number, failed: number, elapsedMs: number): void
  end(done: number, failed: number, elapsedMs: number): void
}

function showBar(stream: ProgressStream, total: number): Show {
  const bar = new cliProgress.SingleBar({
    stream,
    format: '{bar} {value}/{total} images  {rate}/s  {failed} failed  {eta_formatted} left',
    barCompleteChar: '\u2588',
    barIncompleteChar: '\u2591',
    hideCursor: true,
    // Without a redraw of its own after a signal, the cursor comes back by `end`.
    gracefulExit: false,
  })
  bar.start(total, 0, { rate: '-', failed: 0 })
  const update = (done: number, failed: number, elapsedMs: number) =>
    bar.update(done, { rate: rateOf(done, elapsedMs), failed })
  return {
    update,
    end(done, failed, elapsedMs) {
      update(done, failed, elapsedMs)
      bar.stop()
    },
  }
}

function showLines(options: ProgressOptions, now: () => number): Show {
  const { stream, total, intervalMs = 5000 } = options
  let shownAt = now()
  let shown = -1
  const line = (done: number, failed: number, elapsedMs: number) => {
    shownAt = now()
    shown = done
    const failures = failed === 0 ? '' : `, ${failed} failed`
    stream.write(
      `${done} of ${total} images in ${describeMs(elapsedMs)}, ${rateOf(done, elapsedMs)} a second${failures}\n`,
    )
  }
  return {
    update(done, failed, elapsedMs) {
      if (now() - shownAt >= intervalMs) line(done, failed, elapsedMs)
    },
    end(done, failed, elapsedMs) {
      if (shown !== done) line(done, failed, elapsedMs)
    },
  }
}

function rateOf(done: number, elapsedMs: number): string {
  return elapsedMs > 0 ? (done / (elapsedMs / 1000)).toFixed(1) : '-'
}
