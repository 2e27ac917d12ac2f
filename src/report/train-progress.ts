// How far a training is, on stderr: a bar an epoch on a terminal, and a line an epoch everywhere.
import cliProgress from 'cli-progress'
import { describeMs, describePercent } from './describe.ts'
import type { ProgressStream } from './progress.ts'

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

export function createTrainProgress(stream: ProgressStream): TrainProgressView {
  const bar =
    stream.isTTY === true
      ? new cliProgress.SingleBar({
          stream,
          format: 'epoch {epoch} {bar} {value}/{total}  right {accuracy}  loss {loss}  {left} left',
          barCompleteChar: '\u2588',
          barIncompleteChar: '\u2591',
          hideCursor: true,
          gracefulExit: false,
        })
      : undefined
  let isOpen = false
  let etaMs = 0
  const stop = () => {
    if (isOpen) bar?.stop()
    isOpen = false
  }
  return {
    update({ epoch, epochs, step, steps, training, ...at }) {
      etaMs = at.etaMs
      if (bar === undefined) return
      const numbers = {
        epoch: `${epoch}/${epochs}`,
        loss: (training.loss.at(-1) ?? Number.NaN).toFixed(3),
        accuracy: training.accuracy.map((share) => describePercent(share)).join(' / '),
        left: describeMs(etaMs),
      }
      if (isOpen) bar.update(step, numbers)
      else bar.start(steps, step, numbers)
      isOpen = true
    },
    endEpoch({ epoch, epochs, exitNames, training, validation, isBest, seconds }) {
      stop()
      const exits = exitNames.map((name, i) => {
        const [own, held] = [training.accuracy[i] ?? NaN, validation.accuracy[i] ?? NaN]
        return `${name} ${describePercent(held)} (training ${describePercent(own)})`
      })
      const left = epoch < epochs ? `, ${describeMs(etaMs)} left` : ''
      const best = isBest ? ', best so far' : ''
      const took = describeMs(1000 * seconds)
      stream.write(`epoch ${epoch} of ${epochs} in ${took}${left}: ${exits.join(', ')}${best}\n`)
    },
    close: stop,
  }
}
