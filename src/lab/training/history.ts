// The history of a training run, in the form of the original's model.history: Keras' names, a list over
// the epochs each, so that training_results.py's readers go on working.
import type { ExitMeans } from './objective.ts'

/** `loss`, `val_loss`, and of each exit `NAME_loss`, `NAME_accuracy`, `val_NAME_loss`, `val_NAME_accuracy`. */
export type History = Readonly<Record<string, readonly number[]>>

interface HistoryWriter {
  add(training: ExitMeans, validation: ExitMeans): void
  read(): History
}

/**
 * Collects epochs. `loss` is the sum of the exits' losses by the recipe's weights, whatever those of a phase are, so
 * that epochs compare; an exit's loss is its cross-entropy with the label alone, without smoothing and distillation,
 * so that training and validation compare. A resumed run goes on with the `earlier` one.
 */
export function createHistory(
  exitNames: readonly string[],
  lossWeights: readonly number[],
  earlier: History = {},
): HistoryWriter {
  const history: Record<string, number[]> = Object.fromEntries(
    Object.entries(earlier).map(([name, values]) => [name, [...values]]),
  )
  const push = (key: string, value: number) => (history[key] ??= []).push(value)
  const addMeans = (prefix: string, { loss, accuracy }: ExitMeans) => {
    push(
      `${prefix}loss`,
      loss.reduce((sum, value, i) => sum + value * (lossWeights[i] ?? 1), 0),
    )
    for (const [i, name] of exitNames.entries()) push(`${prefix}${name}_loss`, loss[i] as number)
    for (const [i, name] of exitNames.entries()) {
      push(`${prefix}${name}_accuracy`, accuracy[i] as number)
    }
  }
  return {
    add(training, validation) {
      addMeans('', training)
      addMeans('val_', validation)
    },
    read: () => history,
  }
}
