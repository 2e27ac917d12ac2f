// The training loop: batches of augmented images -> one loss over all exits -> one optimizer step. The
// weights that are evaluated and kept are a moving average of the trained ones. All that a run draws follows
// from (seed, epoch, step), so that one which goes on from a snapshot equals one that never stopped.
import type { LayersModel, Tf } from '../../model/networks/network.ts'
import type { Recipe } from '../../model/networks/recipe.ts'
import type { BatchPlan } from './batches.ts'
import {
  assertStepFinite,
  assertWeightsFinite,
  type RateAdvice,
  type StepPlace,
} from './divergence.ts'
import { runStep } from './forward-backward.ts'
import { drawMix } from './mix.ts'
import type { StepState } from './native-layers.ts'
import { ExitMeter, type ExitMeans, type MeterSums } from './objective.ts'
import { clipGradients, createAdamW, createSgd, type Optimizer } from './optimizer.ts'
import { createRandom, shuffled } from '../../domain/random.ts'
import { frozenFrom } from './layer-names.ts'
import { phaseStep, type Wave } from './schedule.ts'
import type { InputBatch, TrainingSource } from './training-source.ts'
import { createWeights, type Weights } from './weights.ts'

interface FitOptions {
  readonly classes: number
  readonly batchSize: number
  /** Number of the last one. */
  readonly epochs: number
  /** Epochs of the run that came before these, which have a rate and steps of their own. */
  readonly earlierEpochs: number
  /** That those took. */
  readonly earlierMs: number
  readonly seed: number
  readonly recipe: Recipe
  readonly rates: RateAdvice
  /** Whether layers act as in serving: no dropout, and normalisation by the statistics that it has. */
  readonly isInference: boolean
  /** Arrays of whoever calls that a snapshot has too. */
  readonly beside: readonly Float32Array[]
  readonly maxMs: number
  /** Where a run that was stopped goes on. */
  readonly from: Snapshot | undefined
}

/** How far a run has come; sent after every step. */
export interface TrainProgress {
  /** From 1. */
  readonly epoch: number
  readonly epochs: number
  /** From 1, within the epoch. */
  readonly step: number
  readonly steps: number
  readonly elapsedMs: number
  /** Time that steps have waited for their batch, of this process. */
  readonly inputWaitMs: number
  /** Estimate of the time left, milliseconds. */
  readonly etaMs: number
  /** Of the epoch so far, of each exit, on training images as augmented. */
  readonly training: ExitMeans
}

/** A place between two steps. */
export interface Position {
  /** The epoch under way, from 1. */
  readonly epoch: number
  /** Steps of it that are done. */
  readonly step: number
  /** Steps of the run that are done. */
  readonly done: number
  readonly elapsedMs: number
  /** Of the epoch under way. */
  readonly meter: MeterSums
}

/** All that the rest of a run follows from. */
export interface Snapshot {
  readonly position: Position
  /** Weights, their average, the optimizer's moments, those of `beside`; live: read them before the next step. */
  readonly arrays: readonly Float32Array[]
}

interface FitHooks {
  /** What layers read at each step. */
  readonly stepState: StepState
  readonly onProgress: (progress: TrainProgress) => void
  /** With the averaged weights in the model, before a run goes on. Tells whether it does. */
  readonly onResumed: () => Promise<boolean>
  /** Between two steps, at any of them. */
  readonly onStep: (snapshot: () => Snapshot) => Promise<void>
  /**
   * Called with the averaged weights in the model, after each epoch, also one that was cut short. The snapshot
   * is where the next epoch begins; of a cut one, where it was cut. Tells whether to go on.
   */
  readonly onEpoch: (epoch: EpochEnd) => Promise<boolean>
  readonly signal: AbortSignal | undefined
}

export interface EpochEnd {
  readonly epoch: number
  /** The last step of it. */
  readonly last: StepPlace
  readonly training: ExitMeans
  readonly isWhole: boolean
  readonly snapshot: Snapshot
}

/** What stays, and what moves, between two steps. */
interface Loop {
  readonly tf: Tf
  readonly model: LayersModel
  readonly source: TrainingSource
  readonly options: FitOptions
  readonly hooks: FitHooks
  readonly weights: Weights
  readonly optimizer: Optimizer
  /** Weights, their average, moments, those of `beside`. */
  readonly arrays: readonly Float32Array[]
  /** Whole batches of an epoch. */
  readonly steps: number
  readonly startedAt: number
  /** Steps of the run that are done. */
  done: number
  inputWaitMs: number
}

/**
 * Trains until the epochs or the time are over, the signal aborts, or `onEpoch` says that it is enough.
 * @throws {DivergedError} at the first step whose loss or gradients are no numbers; the weights are those before it.
 */
export async function fit(
  tf: Tf,
  model: LayersModel,
  source: TrainingSource,
  options: FitOptions,
  hooks: FitHooks,
): Promise<void> {
  const { epochs, earlierEpochs, from } = options
  const loop = createLoop(tf, model, source, options, hooks)
  if (from !== undefined) {
    for (const [i, array] of loop.arrays.entries()) array.set(from.arrays[i] as Float32Array)
    loop.weights.pushAll()
    if (!(await loop.weights.withAverage(hooks.onResumed))) return
  }
  hooks.stepState.step = loop.done
  for (
    let epoch = from?.position.epoch ?? earlierEpochs + 1;
    epoch <= epochs && !isOver(loop);
    epoch++
  ) {
    const first = epoch === from?.position.epoch ? from.position : undefined
    const end = await runEpoch(loop, epoch, first)
    if (end === undefined || !(await loop.weights.withAverage(() => hooks.onEpoch(end)))) return
  }
}

function createLoop(
  tf: Tf,
  model: LayersModel,
  source: TrainingSource,
  options: FitOptions,
  hooks: FitHooks,
): Loop {
  const { batchSize, recipe, beside, earlierMs, from } = options
  const weights = createWeights(tf, model, recipe.layerRates)
  const optimizer =
    recipe.optimizer === 'adamw'
      ? createAdamW(weights.parameters, { weightDecay: recipe.weightDecay ?? 0.05 })
      : createSgd(weights.parameters, recipe)
  return {
    ...{ tf, model, source, options, hooks, weights, optimizer },
    arrays: [...weights.arrays, ...optimizer.moments, ...beside],
    steps: Math.floor(source.labels.length / batchSize),
    startedAt: performance.now() - (from?.position.elapsedMs ?? earlierMs),
    done: from?.position.done ?? 0,
    inputWaitMs: 0,
  }
}

const elapsedMsOf = ({ startedAt }: Loop) => performance.now() - startedAt
/** Of all epochs of this loop. */
const stepsOf = ({ steps, options }: Loop) => steps * (options.epochs - options.earlierEpochs)
/** Share of this loop that is done, by its steps or by the time that the courses before have left it. */
const progressOf = (loop: Loop) => {
  const { earlierMs, maxMs } = loop.options
  const ofTime = (elapsedMsOf(loop) - earlierMs) / (maxMs - earlierMs)
  return Math.max(loop.done / stepsOf(loop), ofTime)
}
const isOver = (loop: Loop) =>
  loop.hooks.signal?.aborted === true || elapsedMsOf(loop) >= loop.options.maxMs

/** From its beginning, or from `first` on; undefined where not a single image of it was seen. */
async function runEpoch(
  loop: Loop,
  epoch: number,
  first: Position | undefined,
): Promise<EpochEnd | undefined> {
  const { model, source, options, hooks, steps } = loop
  const exits = model.outputs.length
  const meter = new ExitMeter(exits, first?.meter)
  let step = first?.step ?? 0
  let last: StepPlace | undefined
  const plans = planEpoch(source.labels.length, options, epoch, step)
  let askedAt = performance.now()
  for await (const batch of source.batches(plans)) {
    loop.inputWaitMs += performance.now() - askedAt
    step++
    last = takeStep(loop, epoch, step, batch, meter)
    tellProgress(loop, epoch, step, meter)
    // Lets signals and timers through between two steps.
    await new Promise<void>((resolve) => setImmediate(resolve))
    if (isOver(loop)) break
    if (step < steps) await hooks.onStep(() => snapshotAt(loop, epoch, step, meter))
    askedAt = performance.now()
  }
  if (meter.count === 0 || last === undefined) return undefined
  const isWhole = step === steps
  const snapshot = isWhole
    ? snapshotAt(loop, epoch + 1, 0, new ExitMeter(exits))
    : snapshotAt(loop, epoch, step, meter)
  return { epoch, last, training: meter.read(), isWhole, snapshot }
}

/** One batch: forward, backward, update, average. */
function takeStep(
  loop: Loop,
  epoch: number,
  step: number,
  { inputs, indices }: InputBatch,
  meter: ExitMeter,
): StepPlace {
  const { tf, model, source, options, hooks, weights, optimizer } = loop
  const { classes, recipe, seed, isInference } = options
  const isAdam = recipe.optimizer === 'adamw'
  const progress = progressOf(loop)
  const mix =
    progress < recipe.mixUntil ? drawMix(recipe, createRandom(seed, epoch, step, 1)) : undefined
  const labels = indices.map((index) => source.labels[index] as number)
  const batch = { inputs, labels, classes, mix, isInference }
  const { learningRate, wave, ...phase } = phaseStep(recipe, progress)
  const isFrozen = (name: string) => progress >= frozenFrom(recipe.freeze, name)
  hooks.stepState.isFrozen = isFrozen
  const learns = weights.layerNames.map((name) => !isFrozen(name))
  const variables = weights.variables.filter((_, i) => learns[i])
  const told = { labelSmoothing: recipe.labelSmoothing, ...phase }
  const { loss, gradients: found, logits } = runStep(tf, model, variables, batch, told)
  let next = 0
  const gradients = learns.map((isLearning) => (isLearning ? found[next++] : undefined))
  const norm = clipGradients(gradients, isAdam ? recipe.maxGradientNorm : Infinity)
  const rates = ratesOf(options.rates, wave)
  const place = { epoch, step, learningRate, isFirst: loop.done === 0, rates }
  assertStepFinite(loss, norm, place)
  loop.done++
  hooks.stepState.step = loop.done
  optimizer.apply(gradients, learningRate)
  assertWeightsFinite(weights.parameters, place)
  weights.push()
  weights.average(Math.min(recipe.averageDecay, loop.done / (loop.done + 10)))
  for (const [at, label] of labels.entries()) {
    meter.add(
      logits.map((values) => values.subarray(at * classes, (at + 1) * classes)),
      label,
    )
  }
  return place
}

/** What is to be changed where a phase names the rate. */
function ratesOf(rates: RateAdvice, wave: Wave | undefined): RateAdvice {
  if (wave === undefined) return rates
  const { phase, learningRate } = wave
  const flag = `recipe.phases[${phase}].learningRate`
  return { ...rates, learningRate, ownLearningRate: learningRate, flag }
}

function tellProgress(loop: Loop, epoch: number, step: number, meter: ExitMeter): void {
  const { options, hooks, steps, done, inputWaitMs } = loop
  const { epochs, earlierMs, maxMs } = options
  const elapsedMs = elapsedMsOf(loop)
  const msLeft = ((elapsedMs - earlierMs) / done) * (stepsOf(loop) - done)
  const etaMs = Math.max(0, Math.min(msLeft, maxMs - elapsedMs))
  const training = meter.read()
  hooks.onProgress({ epoch, epochs, step, steps, elapsedMs, inputWaitMs, etaMs, training })
}

function snapshotAt(loop: Loop, epoch: number, step: number, meter: ExitMeter): Snapshot {
  const { done, arrays } = loop
  return {
    position: { epoch, step, done, elapsedMs: elapsedMsOf(loop), meter: meter.sums },
    arrays,
  }
}

/** The batches of an epoch after its first `skipped` ones; what is over after the last whole batch is left out. */
function* planEpoch(
  images: number,
  { batchSize, seed }: Pick<FitOptions, 'batchSize' | 'seed'>,
  epoch: number,
  skipped: number,
): Generator<BatchPlan> {
  const order = shuffled(
    Array.from({ length: images }, (_, i) => i),
    createRandom(seed, epoch),
  )
  for (let step = skipped; step < Math.floor(images / batchSize); step++) {
    const indices = order.slice(step * batchSize, (step + 1) * batchSize)
    yield { indices, seeds: [seed, epoch] }
  }
}
