// How far a training is, on stderr: the epoch under way on a terminal, and a line an epoch everywhere.
import { describeLeft, describeMs, describePercent } from './describe.ts'
import { sharePieces } from './live/counted.ts'
import { createLive, type Live, type LiveOptions } from './live/live.ts'
import { span, type Span } from './live/spans.ts'

/** Loss and accuracy of each exit, the nearest first. */
interface ExitNumbers {
  readonly loss: readonly number[]
  readonly accuracy: readonly number[]
}

interface TrainStep {
  /** From 1. */
  readonly epoch: number
  readonly epochs: number
  readonly step: number
  readonly steps: number
  readonly etaMs: number
  readonly training: ExitNumbers
}

interface TrainEpoch {
  readonly epoch: number
  readonly epochs: number
  /** In the order of the numbers. */
  readonly exitNames: readonly string[]
  readonly seconds: number
  readonly training: ExitNumbers
  readonly validation: ExitNumbers
  readonly isBest: boolean
}

interface TrainProgressView {
  update(step: TrainStep): void
  endEpoch(report: TrainEpoch): void
  /** Idempotent. */
  close(): void
}

export function createTrainProgress(
  stream: LiveOptions['stream'],
  options: Pick<LiveOptions, 'intervalMs' | 'now' | 'env'> = {},
): TrainProgressView {
  let live: Live | undefined
  let at: TrainStep | undefined
  return {
    update(step) {
      at = step
      live ??= createLive({
        ...{ stream, ...options },
        draw: (columns) => (at === undefined ? [] : piecesOf(at, columns)),
        line: () => (at === undefined ? '' : wordsOf(at)),
      })
      live.changed()
    },
    endEpoch(report) {
      const text = epochWords(report, at?.etaMs ?? 0)
      if (live === undefined) stream.write(`${text}\n`)
      else live.note(text)
    },
    close() {
      // What an epoch came to has been told.
      live?.close('nothing')
      live = undefined
    },
  }
}

function piecesOf(
  { epoch, epochs, step, steps, etaMs, training }: TrainStep,
  columns: number,
): readonly (readonly (readonly Span[])[])[] {
  const share = (epoch - 1 + step / Math.max(1, steps)) / Math.max(1, epochs)
  const accuracy = training.accuracy.flatMap((one, i): Span[] => [
    ...(i === 0 ? [] : [span(' / ')]),
    span(describePercent(one), i),
  ])
  return [
    [
      ...sharePieces(share, columns),
      [span(`epoch ${epoch}/${epochs}`)],
      [span(`step ${step}/${steps}`)],
      [span(`${describeLeft(etaMs)} left`, 'soft')],
    ],
    [
      [span('right at exits '), ...accuracy],
      [span(`loss ${(training.loss.at(-1) ?? Number.NaN).toFixed(3)}`)],
    ],
  ]
}

/** Of an epoch that takes long, where nothing can be drawn over. */
function wordsOf({ epoch, epochs, step, steps, etaMs }: TrainStep): string {
  return `epoch ${epoch} of ${epochs}, step ${step} of ${steps}, ${describeLeft(etaMs)} left`
}

function epochWords(
  { epoch, epochs, exitNames, training, validation, isBest, seconds }: TrainEpoch,
  etaMs: number,
): string {
  const exits = exitNames.map((name, i) => {
    const [own, held] = [training.accuracy[i] ?? NaN, validation.accuracy[i] ?? NaN]
    return `${name} ${describePercent(held)} (training ${describePercent(own)})`
  })
  const left = epoch < epochs ? `, ${describeLeft(etaMs)} left` : ''
  const best = isBest ? ', best so far' : ''
  const took = describeMs(1000 * seconds)
  return `epoch ${epoch} of ${epochs} in ${took}${left}: ${exits.join(', ')}${best}`
}
