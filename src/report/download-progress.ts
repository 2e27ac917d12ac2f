// How far a download is, on stderr: bytes of the stage under way, rate and time left; a line a stage that is done.
import { describeBytes, describeLeft } from './describe.ts'
import { sharePieces } from './live/counted.ts'
import { createLive, type Live, type LiveOptions } from './live/live.ts'
import { createRate } from './live/rate.ts'
import { span, type Span } from './live/spans.ts'

interface DownloadProgressView {
  /** Bytes that a stage is through, and of how many; a new stage ends the one before. */
  update(stage: string, bytes: number, totalBytes: number | undefined): void
  /** A sentence of its own, above the bar. */
  notice(text: string): void
  /** Idempotent. */
  close(): void
}

interface State {
  readonly stage: string
  readonly bytes: number
  readonly totalBytes: number | undefined
  /** Bytes a second as of now. */
  readonly perSecond: () => number | undefined
}

export function createDownloadProgress(
  stream: LiveOptions['stream'],
  options: Pick<LiveOptions, 'intervalMs' | 'now' | 'env'> = {},
): DownloadProgressView {
  const { now = () => performance.now() } = options
  let live: Live | undefined
  let state: State | undefined
  let rate = createRate(now)
  const end = () => {
    live?.close()
    live = undefined
    state = undefined
  }
  return {
    update(stage, bytes, totalBytes) {
      if (stage !== state?.stage) {
        end()
        rate = createRate(now)
      }
      rate.add(bytes)
      state = { stage, bytes, totalBytes, perSecond: () => rate.add(bytes) }
      live ??= createLive({
        ...{ stream, ...options },
        draw: (columns) => [state === undefined ? [] : piecesOf(state, columns)],
        line: () => (state === undefined ? '' : `${state.stage}: ${describe(state).join(', ')}`),
      })
      live.changed()
    },
    notice(text) {
      end()
      stream.write(`${text}\n`)
    },
    close: end,
  }
}

function piecesOf(state: State, columns: number): readonly (readonly Span[])[] {
  const { stage, bytes, totalBytes } = state
  const share = totalBytes === undefined ? undefined : bytes / Math.max(1, totalBytes)
  return [
    [span(stage, 'strong')],
    ...(share === undefined ? [] : sharePieces(share, columns)),
    ...describe(state).map((text) => [span(text)]),
  ]
}

function describe({ bytes, totalBytes, perSecond }: State): readonly string[] {
  const of = totalBytes === undefined ? '' : ` of ${describeBytes(totalBytes)}`
  const told = `${describeBytes(bytes)}${of}`
  const rate = perSecond()
  if (rate === undefined) return [told]
  const leftMs = totalBytes === undefined ? 0 : ((totalBytes - bytes) / rate) * 1000
  const left = leftMs === 0 ? [] : [`${describeLeft(leftMs)} left`]
  return [told, `${describeBytes(rate)}/s`, ...left]
}
