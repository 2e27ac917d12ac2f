// How far a bench is, on a terminal: the measurement under way, how many are done, and the time left by how long they
// took. Elsewhere the log tells of each.
import { describeLeft } from './describe.ts'
import { sharePieces } from './live/counted.ts'
import { createLive, type LiveOptions } from './live/live.ts'
import { span } from './live/spans.ts'
import { isDrawable } from './live/stream.ts'

interface BenchStep {
  /** Measurements that are done, those of rounds that only warm among them. */
  readonly done: number
  readonly total: number
  /** 0 warms. */
  readonly round: number
  readonly rounds: number
  readonly contestant: string
  readonly scenario: string
}

interface BenchProgressView {
  /** A measurement begins. */
  update(step: BenchStep): void
  /** Idempotent. */
  close(): void
}

export function createBenchProgress(
  stream: LiveOptions['stream'],
  options: Pick<LiveOptions, 'now' | 'env'> = {},
): BenchProgressView | undefined {
  if (!isDrawable(stream, options.env)) return undefined
  const { now = () => performance.now() } = options
  const startedAt = now()
  let at: BenchStep | undefined
  const live = createLive({
    ...{ stream, ...options },
    draw: (columns) => {
      if (at === undefined) return [[[span('starting')]]]
      const { done, total, round, rounds, contestant, scenario } = at
      const leftMs = ((now() - startedAt) / done) * (total - done)
      return [
        [
          ...sharePieces(done / Math.max(1, total), columns),
          [span(`${done}/${total} measurements`)],
          ...(done === 0 ? [] : [[span(`${describeLeft(leftMs)} left`, 'soft')]]),
        ],
        [
          [span(contestant, 'strong')],
          [span(scenario)],
          [span(round === 0 ? 'to warm up' : `round ${round}/${rounds}`)],
        ],
      ]
    },
    line: () => '',
  })
  return {
    update(step) {
      at = step
      live.changed()
    },
    close: () => live.close('nothing'),
  }
}
