// The course of one run around the loop of fit.ts: after each epoch it measures, remembers, keeps the best
// weights on disk, and writes the checkpoint that a stopped run goes on from.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isEveryFinite } from '../../domain/finite.ts'
import type { LayersModel } from '../../model/networks/network.ts'
import type { Recipe } from '../../model/networks/recipe.ts'
import { checkpointFile, writeCheckpoint } from './checkpoint.ts'
import { DivergedError, type StepPlace } from './divergence.ts'
import { endOfEpoch } from './end-of-epoch.ts'
import { evaluate } from './exit-logits.ts'
import type { EpochEnd, Snapshot } from './fit.ts'
import type { ExitMeans } from './objective.ts'
import type { TrainOptions } from './options.ts'
import type { RunFacts } from './run-facts.ts'
import {
  createRunRecord,
  writeRunRecord,
  type EndReason,
  type RunCircumstances,
} from './run-record.ts'
import { isLastPhase } from './schedule.ts'
import { isOutOfPatience, type Best, type RunState } from './run-state.ts'
import type { TfNode } from './tfjs-node.ts'
import type { TrainingSource } from './training-source.ts'

/** Where the weights of the best epoch go. */
export interface Keeper {
  /** Whether they are written as soon as their epoch ends; else only held, and written when the run ends. */
  readonly isAtOnce: boolean
  /** Before the checkpoint of that epoch, with its weights in the model. */
  hold(): void
  /**
   * Writes the family, with the weights that are in the model where it is done at once, else with those that are
   * held. Gives its hash.
   */
  write(best: Best): Promise<string>
}

/** What a run is made of, once all is read and checked. */
export interface RunParts {
  readonly tf: TfNode
  /** Gives the logits of all exits. */
  readonly model: LayersModel
  readonly exitNames: readonly string[]
  /** Of the whole model: its history is called by it. */
  readonly wholeName: string
  readonly keeper: Keeper
  readonly recipe: Recipe
  readonly options: TrainOptions
  /** The last of these epochs, and the last of all that the run has. */
  readonly epochs: number
  readonly totalEpochs: number
  /** Of the run that came before these. */
  readonly earlierEpochs: number
  readonly validation: TrainingSource
  readonly facts: RunFacts
  readonly circumstances: RunCircumstances
  readonly signal: AbortSignal | undefined
}

/** The end of an epoch. */
export interface EpochReport {
  /** From 1. */
  readonly epoch: number
  readonly epochs: number
  readonly exitNames: readonly string[]
  readonly training: ExitMeans
  /** On the validation share of the first training set. */
  readonly validation: ExitMeans
  /** Whether these weights are those that are kept so far, and were saved. */
  readonly isBest: boolean
  /** Of the epoch, of this process and those before. */
  readonly seconds: number
}

export class Run {
  readonly #parts: RunParts
  readonly #onEpoch: (report: EpochReport) => void
  #state: RunState
  /** At the beginning of the epoch under way. */
  #elapsedMs: number
  #savedAt = performance.now()
  #isOutOfPatience: boolean
  #isComplete: boolean

  /** Goes on from `state`. */
  constructor(parts: RunParts, state: RunState, onEpoch: (report: EpochReport) => void) {
    this.#parts = parts
    this.#state = state
    this.#onEpoch = onEpoch
    this.#isComplete = state.epochSeconds.length >= parts.epochs
    this.#isOutOfPatience = isOutOfPatience(state, parts.options.patience)
    this.#elapsedMs = 1000 * state.epochSeconds.reduce((sum, seconds) => sum + seconds, 0)
  }

  get exitNames(): readonly string[] {
    return this.#parts.exitNames
  }

  get state(): RunState {
    return this.#state
  }

  /** OUTPUT/run.json as of now; with an end when there is one. */
  async record(end?: EndReason): Promise<void> {
    const { circumstances, options } = this.#parts
    await writeRunRecord(options.output, createRunRecord(circumstances, this.#state, end))
  }

  /** Why the loop ended. */
  get end(): Exclude<EndReason, 'diverged'> {
    if (this.#isComplete) return 'epochs'
    if (this.#isOutOfPatience) return 'patience'
    return this.#parts.signal?.aborted === true ? 'signal' : 'time'
  }

  /**
   * A run was killed after its checkpoint and before the weights of the same epoch were on disk. Tells whether it goes
   * on: the epoch of the checkpoint may have been the last that --patience gave it.
   */
  async resume(): Promise<boolean> {
    if (this.#parts.keeper.isAtOnce) await this.writeBest()
    return !this.#isOutOfPatience
  }

  /** Writes a checkpoint when the last one is old enough. */
  async checkpointInTime(snapshot: () => Snapshot): Promise<void> {
    const ageMs = performance.now() - this.#savedAt
    if (ageMs >= this.#parts.options.checkpointMinutes * 60_000) await this.#checkpoint(snapshot())
  }

  /**
   * With the averaged weights in the model. Tells whether the run goes on.
   * @throws {DivergedError} where an exit's values of a validation image are none; nothing is written then.
   */
  async endEpoch({ epoch, last, training, isWhole, snapshot }: EpochEnd): Promise<boolean> {
    const { options, exitNames, wholeName, keeper, signal } = this.#parts
    // A cut epoch goes on after --resume. Only where there is nothing yet, its weights are better than none.
    const isStopped = signal?.aborted === true && !isWhole
    if (isStopped) await this.#checkpoint(snapshot)
    if (isStopped && this.#state.best !== undefined) return false

    const { validation, isBest } = await this.#measure(epoch, last, training, snapshot)
    if (isBest) keeper.hold()
    if (isWhole) await this.#checkpoint(snapshot)
    if (isBest && keeper.isAtOnce) await this.writeBest()
    const history = join(options.output, `${wholeName}.history`)
    await writeFile(history, `${JSON.stringify(this.#state.history)}\n`)
    await this.record()
    const seconds = this.#state.epochSeconds.at(-1) ?? 0
    const { epochs, totalEpochs } = this.#parts
    const means = { training, validation }
    this.#onEpoch({ epoch, epochs: totalEpochs, exitNames, ...means, isBest, seconds })
    this.#isComplete = isWhole && epoch === epochs
    this.#isOutOfPatience = isOutOfPatience(this.#state, options.patience)
    return !isStopped && !this.#isOutOfPatience
  }

  /** Takes the epoch into the state. */
  async #measure(epoch: number, last: StepPlace, training: ExitMeans, { position }: Snapshot) {
    const { tf, model, exitNames, options, recipe, validation: source } = this.#parts
    const evaluated = await evaluate(tf, model, source, options.batchSize)
    if (!evaluated.every(({ logits }) => logits.every((values) => isEveryFinite(values)))) {
      throw new DivergedError('validation images whose values are no numbers', last)
    }
    const seconds = (position.elapsedMs - this.#elapsedMs) / 1000
    this.#elapsedMs = position.elapsedMs
    const { trainingSets, keep } = options
    const { epochs, earlierEpochs } = this.#parts
    const began = (epoch - 1 - earlierEpochs) / (epochs - earlierEpochs)
    const countsPatience = isLastPhase(recipe, began)
    const { state, validation, isBest } = endOfEpoch(
      this.#state,
      { epoch, training, evaluated, seconds },
      { exitNames, lossWeights: recipe.lossWeights, trainingSets, keep, countsPatience },
    )
    this.#state = state
    return { validation, isBest }
  }

  /** Writes the family of the best epoch, unless it is on disk. */
  async writeBest(): Promise<void> {
    const { best } = this.#state
    if (best === undefined || best.family !== undefined) return
    const family = await this.#parts.keeper.write(best)
    this.#state = { ...this.#state, best: { ...best, family } }
  }

  async #checkpoint(snapshot: Snapshot): Promise<void> {
    const { options, facts } = this.#parts
    const file = join(options.output, checkpointFile)
    await writeCheckpoint(file, { snapshot, state: this.#state, facts })
    this.#savedAt = performance.now()
  }
}
