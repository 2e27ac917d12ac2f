// How far a training is, on stderr: a bar an epoch on a terminal, and a line an epoch everywhere.
import cliProgress from 'cli-progress'
import { describeMs, describePercent } from './describe.ts'
import type { ProgressStream } from './progress.ts'

/** Loss and accuracy of each exit, the nearest first. */
export interface ExitNumbers {
  readonly loss: readonly number[]
  readonly accuracy: readonly number[]
}

export interface TrainStep {
  /** From 1. */
  readonly epoch: number
  readonly epochs: number
  readonly step: number
  readonly steps: number
  readonly etaMs: number
  readonly training: ExitNumbers
}

export interface TrainEpoch {
  readonly epoch: number
  readonly epochs: number
  readonly training: ExitNumbers
  readonly validation: ExitNumbers
  readonly isBest: boolean
}

export interface TrainProgressView {
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
          format: 'epoch {epoch} {bar} {value}/{total}  loss {loss}  right {accuracy}  {left} left',
          barCompleteChar: '\u2588',
          barIncompleteChar: '\u2591',
          hideCursor: true,
          gracefulExit: false,
        })
      : undefined
  let isOpen = false
  const stop = () => {
    if (isOpen) bar?.stop()
    isOpen = false
  }
  return {
    update({ epoch, epochs, step, steps, etaMs, training }) {
      if (bar === undefined) return
      const numbers = {
        epoch: `${epoch}/${epochs}`,
        loss: (training.loss.at(-1) ?? Number.NaN).toFixed(3),
        accuracy: accuracies(training),
        left: describeMs(etaMs),
      }
      if (isOpen) bar.update(step, numbers)
      else bar.start(steps, step, numbers)
      isOpen = true
    },
    endEpoch({ epoch, epochs, training, validation, isBest }) {
      stop()
      const best = isBest ? ', best so far' : ''
      stream.write(
        `epoch ${epoch} of ${epochs}: ${accuracies(training)} right in training, ${accuracies(validation)} in validation${best}\n`,
      )
    },
    close: stop,
  }
}

function accuracies({ accuracy }: ExitNumbers): string {
  return accuracy.map(describePercent).join(' / ')
}
