// The course of one run around the loop of fit.ts: after each epoch it measures, remembers, keeps the best
// weights on disk, and writes the checkpoint that a stopped run goes on from.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isEveryFinite } from '../../domain/finite.ts'
import type { Family } from '../../model/networks/network.ts'
import type { Recipe } from '../../model/networks/recipe.ts'
import { writeTiers, type TierStages } from '../../model/split.ts'
import type { BatchSource } from './batches.ts'
import { checkpointFile, writeCheckpoint } from './checkpoint.ts'
import { DivergedError, type StepPlace } from './divergence.ts'
import { evaluate } from './exit-logits.ts'
import type { EpochEnd, Snapshot } from './fit.ts'
import { createHistory } from './history.ts'
import { calibrate, meansOf, measureSet } from './measure.ts'
import type { ExitMeans } from './objective.ts'
import type { TrainOptions } from './options.ts'
import type { RunFacts } from './run-facts.ts'
import {
  createRunRecord,
  writeRunRecord,
  type EndReason,
  type RunCircumstances,
} from './run-record.ts'
import { isOutOfPatience, type Best, type RunState } from './run-state.ts'
import { saveFamily } from './save.ts'
import type { TfNode } from './tfjs-node.ts'

/** What a run is made of, once all is read and checked. */
export interface RunParts {
  readonly tf: TfNode
  readonly family: Family
  readonly tiers: readonly TierStages[]
  readonly recipe: Recipe
  /** Of the network's own recipe. */
  readonly ownLearningRate: number
  readonly options: TrainOptions
  readonly labels: readonly string[]
  readonly training: BatchSource
  readonly validation: BatchSource
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
  #isOutOfPatience = false
  #isComplete: boolean

  /** Goes on from `state`. */
  constructor(parts: RunParts, state: RunState, onEpoch: (report: EpochReport) => void) {
    this.#parts = parts
    this.#state = state
    this.#onEpoch = onEpoch
    this.#isComplete = state.epochSeconds.length >= parts.options.epochs
    this.#elapsedMs = 1000 * state.epochSeconds.reduce((sum, seconds) => sum + seconds, 0)
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

  /** A run was killed after its checkpoint and before the weights of the same epoch were on disk. */
  async mendBest(): Promise<void> {
    if (this.#state.best !== undefined && this.#state.best.family === undefined) await this.#save()
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
    const { options, family, signal } = this.#parts
    // A cut epoch goes on after --resume. Only where there is nothing yet, its weights are better than none.
    const isStopped = signal?.aborted === true && !isWhole
    if (isStopped) await this.#checkpoint(snapshot)
    if (isStopped && this.#state.best !== undefined) return false

    const { validation, isBest } = await this.#measure(epoch, last, training, snapshot)
    if (isWhole) await this.#checkpoint(snapshot)
    if (isBest) await this.#save()
    const history = join(options.output, `${family.wholeName}.history`)
    await writeFile(history, `${JSON.stringify(this.#state.history)}\n`)
    await this.record()
    const exitNames = family.whole.outputNames
    const seconds = this.#state.epochSeconds.at(-1) ?? 0
    const report = {
      epoch,
      epochs: options.epochs,
      exitNames,
      training,
      validation,
      isBest,
      seconds,
    }
    this.#onEpoch(report)
    this.#isComplete = isWhole && epoch === options.epochs
    this.#isOutOfPatience = isOutOfPatience(this.#state, options.patience)
    return !isStopped && !this.#isOutOfPatience
  }

  /** Takes the epoch into the state. */
  async #measure(epoch: number, last: StepPlace, training: ExitMeans, { position }: Snapshot) {
    const { tf, family, options, recipe, ownLearningRate, validation: source } = this.#parts
    const exitNames = family.whole.outputNames
    const evaluated = await evaluate(tf, family.whole, source, options.batchSize)
    if (!evaluated.every(({ logits }) => logits.every((values) => isEveryFinite(values)))) {
      const rates = { learningRate: recipe.learningRate, ownLearningRate }
      throw new DivergedError('validation images whose values are no numbers', last, rates)
    }
    const measured = evaluated.filter(({ set }) => set === 0)
    const validation = meansOf(measured, exitNames.length)
    const history = createHistory(exitNames, recipe.lossWeights, this.#state.history)
    history.add(training, validation)

    const score = validation.accuracy.reduce((sum, accuracy) => sum + accuracy, 0)
    const { best, highest = -Infinity } = this.#state
    // Of equals the later one: its weights have seen more.
    const isBest = options.keep === 'last' || best === undefined || score >= best.score
    const calibration = isBest ? calibrate(measured) : undefined
    const kept: Best | undefined =
      calibration === undefined
        ? best
        : {
            epoch,
            score,
            ...calibration,
            sets: options.trainingSets.map((folder, set) => {
              const own = evaluated.filter((image) => image.set === set)
              return measureSet(folder, own, calibration)
            }),
          }
    const seconds = (position.elapsedMs - this.#elapsedMs) / 1000
    this.#elapsedMs = position.elapsedMs
    this.#state = {
      ...this.#state,
      ...(kept === undefined ? {} : { best: kept }),
      highest: Math.max(score, highest),
      epochsSinceRise: score > highest ? 0 : this.#state.epochsSinceRise + 1,
      history: history.read(),
      epochSeconds: [...this.#state.epochSeconds, Math.round(seconds * 10) / 10],
    }
    return { validation, isBest }
  }

  /** Writes the weights that are in the model as those of the best epoch. */
  async #save(): Promise<void> {
    const { best } = this.#state
    if (best === undefined) return
    const { family, tiers, options, labels, training } = this.#parts
    const { height, width, orientation, output } = options
    const exits = best.temperatures.map((temperature, i) => ({
      temperature,
      threshold: best.thresholds[i],
      accuracy: best.sets[0]?.accuracy[i] ?? 0,
    }))
    const trainingData = { hash: training.images.hash, samples: training.images.labels.length }
    const facts = { version: '1', labels, height, width, orientation, trainingData, exits }
    const hash = await saveFamily(family, facts, output)
    await writeTiers(output, tiers)
    this.#state = { ...this.#state, best: { ...best, family: hash } }
  }

  async #checkpoint(snapshot: Snapshot): Promise<void> {
    const { options, facts } = this.#parts
    const file = join(options.output, checkpointFile)
    await writeCheckpoint(file, { snapshot, state: this.#state, facts })
    this.#savedAt = performance.now()
  }
}
