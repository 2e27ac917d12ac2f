// The course of one run over heads: measures each epoch, keeps the best heads, and writes history and record.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createHistory } from '../history.ts'
import { calibrate, meansOf, measureSet } from '../measure.ts'
import type { TrainOptions } from '../options.ts'
import {
  createRunRecord,
  writeRunRecord,
  type EndReason,
  type RunCircumstances,
} from '../run-record.ts'
import { createRunState, isOutOfPatience, type RunState } from '../run-state.ts'
import type { EpochReport } from '../run.ts'
import type { HeadEpoch } from './fit-heads.ts'
import { wholeName } from './save-pieces.ts'

export class HeadRun {
  readonly #options: TrainOptions
  readonly #circumstances: RunCircumstances
  readonly exitNames: readonly string[]
  readonly #onEpoch: (report: EpochReport) => void
  #state: RunState = createRunState(undefined)

  constructor(
    options: TrainOptions,
    circumstances: RunCircumstances,
    exitNames: readonly string[],
    onEpoch: (report: EpochReport) => void,
  ) {
    this.#options = options
    this.#circumstances = circumstances
    this.exitNames = exitNames
    this.#onEpoch = onEpoch
  }

  get state(): RunState {
    return this.#state
  }

  /** Whether the epochs after this one would be in vain. */
  get isOutOfPatience(): boolean {
    return isOutOfPatience(this.#state, this.#options.patience)
  }

  /** Takes an epoch into the state. Tells whether its heads are the best so far. */
  endEpoch({ epoch, training, evaluated, seconds }: HeadEpoch): boolean {
    const { trainingSets, keep, epochs } = this.#options
    const measured = evaluated.filter(({ set }) => set === 0)
    const validation = meansOf(measured, this.exitNames.length)
    const history = createHistory(
      this.exitNames,
      this.#circumstances.recipe.lossWeights,
      this.#state.history,
    )
    history.add(training, validation)
    const score = validation.accuracy.reduce((sum, accuracy) => sum + accuracy, 0)
    const { best, highest = -Infinity } = this.#state
    const isBest = keep === 'last' || best === undefined || score >= best.score
    const calibration = isBest ? calibrate(measured) : undefined
    const sets = trainingSets.map((folder, set) => {
      const own = evaluated.filter((image) => image.set === set)
      return calibration === undefined ? undefined : measureSet(folder, own, calibration)
    })
    this.#state = {
      ...this.#state,
      ...(calibration === undefined
        ? {}
        : {
            best: {
              ...{ epoch, score, ...calibration },
              sets: sets.filter((set) => set !== undefined),
            },
          }),
      highest: Math.max(score, highest),
      epochsSinceRise: score > highest ? 0 : this.#state.epochsSinceRise + 1,
      history: history.read(),
      epochSeconds: [...this.#state.epochSeconds, Math.round(seconds * 1000) / 1000],
    }
    const exitNames = this.exitNames
    this.#onEpoch({ epoch, epochs, exitNames, training, validation, isBest, seconds })
    return isBest
  }

  /** The best heads are on disk as this family. */
  setFamily(family: string): void {
    const { best } = this.#state
    if (best !== undefined) this.#state = { ...this.#state, best: { ...best, family } }
  }

  /** OUTPUT/model.history and OUTPUT/run.json. */
  async write(end?: EndReason): Promise<void> {
    const { output } = this.#options
    const history = `${JSON.stringify(this.#state.history)}\n`
    await writeFile(join(output, `${wholeName}.history`), history)
    await writeRunRecord(output, createRunRecord(this.#circumstances, this.#state, end))
  }
}
