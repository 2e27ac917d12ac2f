// How far a download is, on stderr: a bar a stage on a terminal, elsewhere a line every few seconds.
import cliProgress from 'cli-progress'
import { describeBytes, describeMs } from './describe.ts'
import type { ProgressStream } from './progress.ts'

interface DownloadProgressView {
  /** Bytes that a stage is through, and of how many; a new stage ends the one before. */
  update(stage: string, bytes: number, totalBytes: number | undefined): void
  /** A sentence of its own, above the bar. */
  notice(text: string): void
  /** Idempotent. */
  close(): void
}

interface DownloadProgressOptions {
  /** Between two lines where the stream is no terminal, milliseconds. */
  readonly intervalMs?: number
  readonly now?: () => number
}

/** The rate is that of the last seconds, so that it tells what the line gives now. */
const rateWindowMs = 10_000

export function createDownloadProgress(
  stream: ProgressStream,
  options: DownloadProgressOptions = {},
): DownloadProgressView {
  const { intervalMs = 5000, now = () => performance.now() } = options
  const show = stream.isTTY === true ? showBar(stream) : showLines(stream, intervalMs, now)
  let stage: string | undefined
  let rate = createRate(now)
  return {
    update(next, bytes, totalBytes) {
      if (next !== stage) {
        show.end()
        stage = next
        rate = createRate(now)
      }
      const perSecond = rate.add(bytes)
      const leftMs =
        totalBytes === undefined || perSecond === undefined || perSecond === 0
          ? undefined
          : ((totalBytes - bytes) / perSecond) * 1000
      show.update({ stage: next, bytes, totalBytes, perSecond, leftMs })
    },
    notice(text) {
      show.end()
      stage = undefined
      stream.write(`${text}\n`)
    },
    close: () => show.end(),
  }
}

interface State {
  readonly stage: string
  readonly bytes: number
  readonly totalBytes: number | undefined
  readonly perSecond: number | undefined
  readonly leftMs: number | undefined
}

interface Show {
  update(state: State): void
  /** Idempotent. */
  end(): void
}

function showBar(stream: ProgressStream): Show {
  const start = () => {
    const bar = new cliProgress.SingleBar({
      stream,
      format: '{stage} {bar} {text}',
      barCompleteChar: '\u2588',
      barIncompleteChar: '\u2591',
      hideCursor: true,
      gracefulExit: false,
    })
    bar.start(1, 0, { stage: '', text: '' })
    return bar
  }
  let bar: cliProgress.SingleBar | undefined
  return {
    update(state) {
      bar ??= start()
      bar.setTotal(state.totalBytes ?? Math.max(1, state.bytes))
      bar.update(state.bytes, { stage: state.stage, text: describe(state) })
    },
    end() {
      bar?.stop()
      bar = undefined
    },
  }
}

function showLines(stream: ProgressStream, intervalMs: number, now: () => number): Show {
  let shownAt = now()
  let latest: State | undefined
  const line = (state: State) => {
    shownAt = now()
    latest = undefined
    stream.write(`${state.stage}: ${describe(state)}\n`)
  }
  return {
    update(state) {
      latest = state
      if (now() - shownAt >= intervalMs) line(state)
    },
    end() {
      if (latest !== undefined) line(latest)
    },
  }
}

function describe({ bytes, totalBytes, perSecond, leftMs }: State): string {
  const of = totalBytes === undefined ? '' : ` of ${describeBytes(totalBytes)}`
  const rate = perSecond === undefined ? '' : `, ${describeBytes(perSecond)}/s`
  const left = leftMs === undefined || leftMs === 0 ? '' : `, ${describeMs(leftMs)} left`
  return `${describeBytes(bytes)}${of}${rate}${left}`
}

/** Bytes a second over the last seconds; the first number of a stage only sets the start. */
function createRate(now: () => number) {
  const points: { readonly at: number; readonly bytes: number }[] = []
  return {
    add(bytes: number): number | undefined {
      const at = now()
      const last = points.at(-1)
      // A point every tenth of a second is enough, whatever the size of the chunks.
      if (last === undefined || at - last.at >= 100) points.push({ at, bytes })
      while (points.length > 2 && at - (points[0]?.at ?? at) > rateWindowMs) points.shift()
      const first = points[0]
      if (first === undefined || at <= first.at || bytes <= first.bytes) return undefined
      return ((bytes - first.bytes) / (at - first.at)) * 1000
    },
  }
}
