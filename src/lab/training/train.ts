// A training run: folders of images -> split -> scratch file of pixels -> fit -> calibration -> submodels on
// disk. The `train` command calls it; nothing here prints.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../../errors.ts'
import { costsOf } from '../../model/multiply-adds.ts'
import type { TierStages } from '../../model/split.ts'
import { buildFamily, planTiers, type Built } from './build.ts'
import { checkpointFile, readCheckpoint, type Checkpoint } from './checkpoint.ts'
import { countByLabel, listTrainingSets, splitFiles } from './data-set.ts'
import { DivergedError } from './divergence.ts'
import { fit, type TrainProgress } from './fit.ts'
import type { History } from './history.ts'
import { decodeImages, exampleOf, imagesOf } from './decode-images.ts'
import { createInputWorkers, type InputWorkers } from './input-workers.ts'
import type { Calibration, SetResult } from './measure.ts'
import { withNativeLayers, type StepClock } from './native-layers.ts'
import { takeInitialWeights } from './initial-weights.ts'
import { resolveNetwork } from './networks.ts'
import { checkTrainOptions, type TrainOptions } from './options.ts'
import type { PixelStore } from './pixel-store.ts'
import {
  checkImages,
  checkCache,
  checkFree,
  openOutput,
  refuseAll,
  type OutputFolder,
} from './refusals.ts'
import { checkFacts, factsOfImages, factsOfOptions, type RunFacts } from './run-facts.ts'
import { describeCircumstances, type EndReason } from './run-record.ts'
import { createRunState } from './run-state.ts'
import { Run, type EpochReport, type RunParts } from './run.ts'
import { loadTfjsNode, type TfNode } from './tfjs-node.ts'

export type { TrainProgress } from './fit.ts'
export type { EpochReport } from './run.ts'

/** What training needs from outside. */
export interface TrainContext {
  readonly log: {
    info(facts: object, message: string): void
    warn(facts: object, message: string): void
  }
  /** The command line after `ddnn`, for the run's record. */
  readonly command?: readonly string[]
  /** After every step. */
  readonly onProgress?: (progress: TrainProgress) => void
  readonly onEpoch?: (report: EpochReport) => void
  /** Ends the run after the step under way; the best epoch's weights are kept, and --resume goes on. */
  readonly signal?: AbortSignal
}

export interface TrainResult extends Calibration {
  /** Hash of the trained family. */
  readonly family: string
  readonly labels: readonly string[]
  readonly exitNames: readonly string[]
  /** The epoch whose weights were saved. */
  readonly bestEpoch: number
  /** Validation images of each training set, in the order of the flags. */
  readonly sets: readonly SetResult[]
  readonly history: History
  /** Files that are no image and were left out. */
  readonly unreadable: readonly string[]
  /** Folders written. */
  readonly folders: readonly string[]
  /** Folder of the whole model among them. */
  readonly whole: string
  /** A file of the validation share; undefined where all are records of CIFAR-10. */
  readonly example: string | undefined
  readonly end: Exclude<EndReason, 'diverged'>
}

/** What is known of a run before any image is decoded. */
interface Prepared extends Built {
  readonly tf: TfNode
  readonly clock: StepClock
  readonly labels: readonly string[]
  readonly split: ReturnType<typeof splitFiles>
  readonly tiers: readonly TierStages[]
  readonly facts: RunFacts
  readonly checkpoint: Checkpoint | undefined
}

/**
 * Trains a network and writes OUTPUT/NAME of each submodel, OUTPUT/model and OUTPUT/model.history (or as the
 * network names its whole), OUTPUT/TIER of each tier of `split`, and OUTPUT/run.json. The best epoch's weights are
 * on disk as soon as it ends; a checkpoint lets a run that was stopped or killed go on with the same result.
 * @throws DDNN_CONFIG_INVALID when options, images, network or output do not do, naming all of it, or a run that
 * goes on was told something else when it began.
 * @throws DDNN_INPUT_MISSING when a folder has no images.
 * @throws DDNN_MODULE_INVALID when the model module has no createNetwork.
 * @throws DDNN_ENGINE_UNAVAILABLE when tfjs-node does not load.
 */
export async function train(options: TrainOptions, context: TrainContext): Promise<TrainResult> {
  checkTrainOptions(options)
  let output: OutputFolder | undefined
  let prepared: Prepared | undefined
  let store: PixelStore | undefined
  let isHalfFinished = false
  const workers = createInputWorkers(options.inputWorkers)
  try {
    prepared = await prepare(options, context, (opened) => (output = opened))
    store = await decodeImages(prepared, workers, options, context)
    if (store === undefined) throw untrained(context.signal)
    const { checkpoint } = prepared
    const parts = await joinParts(prepared, store, workers, options, context)
    if (checkpoint !== undefined) checkFacts(parts.facts, checkpoint.facts)
    isHalfFinished = true
    const result = await runTraining(parts, prepared, store, context)
    isHalfFinished = result.end === 'signal'
    return result
  } catch (thrown) {
    // Nothing can go on from it.
    if (thrown instanceof DivergedError) isHalfFinished = false
    throw thrown
  } finally {
    await workers.close()
    if (!isHalfFinished && options.cache === undefined) await store?.remove()
    await output?.discard()
    prepared?.family.dispose()
  }
}

/** Everything that can be refused before images are decoded, is. */
async function prepare(
  options: TrainOptions,
  { log }: TrainContext,
  onOutput: (output: OutputFolder) => void,
): Promise<Prepared> {
  const { batchSize, output, seed } = options
  const { labels, files } = await listTrainingSets(options.trainingSets)
  const split = splitFiles(files, options.validationSplit, seed)
  const stock = loadTfjsNode(options.threads)
  await stock.ready()
  const clock: StepClock = { step: 0 }
  const tf = withNativeLayers(stock, seed, clock) as TfNode
  const made: { built?: Built; tiers: readonly TierStages[]; checkpoint?: Checkpoint } = {
    tiers: [],
  }
  try {
    await refuseAll([
      () => checkImages(labels, split, batchSize),
      async () => {
        made.built = buildFamily(tf, await resolveNetwork(options), labels.length, options)
        made.tiers = await planTiers(made.built.family, options)
      },
      () => checkFree(options),
      () => checkCache(options.cache),
      async () => onOutput(await openOutput(output)),
    ])
    const { family, recipe, ownLearningRate } = made.built as Built
    const facts = factsOfOptions(options, recipe, labels, family.whole)
    const checkpoint = await takeCheckpoint(options)
    if (checkpoint !== undefined) checkFacts(facts, checkpoint.facts)
    else await beginWith(tf, family, options, labels, log)
    const { tiers } = made
    const built = { family, recipe, ownLearningRate, tiers }
    return { tf, clock, labels, split, ...built, facts, checkpoint }
  } catch (thrown) {
    made.built?.family.dispose()
    throw thrown
  }
}

/** What the run goes on from. With --force, and not asked to go on, it begins again. */
async function takeCheckpoint(options: TrainOptions): Promise<Checkpoint | undefined> {
  const { output, resume, isForced = false } = options
  const file = join(output, checkpointFile)
  if (isForced && !resume) await rm(file, { force: true })
  return readCheckpoint(file)
}

/** A run that goes on has its weights in the checkpoint. */
async function beginWith(
  tf: TfNode,
  family: Built['family'],
  { initialWeights: folder }: TrainOptions,
  labels: readonly string[],
  log: TrainContext['log'],
): Promise<void> {
  if (folder === undefined) return
  const { taken, all, fresh } = await takeInitialWeights(tf, family, folder, labels)
  log.info({ folder, taken, all, fresh }, 'begins with trained weights')
}

async function joinParts(
  prepared: Prepared,
  { training, validation, unreadable }: PixelStore,
  workers: InputWorkers,
  options: TrainOptions,
  { command = [], signal }: TrainContext,
): Promise<RunParts> {
  const { tf, family, tiers, recipe, ownLearningRate, labels } = prepared
  const [, height = options.height, width = options.width] = family.trained.inputs[0]?.shape ?? []
  const size = { height: height as number, width: width as number }
  const dataHash = { training: training.hash, validation: validation.hash }
  return {
    tf,
    family,
    tiers,
    recipe,
    ownLearningRate,
    options,
    labels,
    signal,
    training: { workers, images: training, size, augmentation: recipe.augmentation },
    validation: { workers, images: validation, size: validation, augmentation: false },
    facts: { ...prepared.facts, ...factsOfImages(dataHash.training, dataHash.validation) },
    circumstances: {
      format: 1,
      command,
      ...(await describeCircumstances(tf)),
      seed: options.seed,
      options,
      recipe,
      labels,
      classCounts: {
        training: countByLabel(labels, imagesOf(training)),
        validation: countByLabel(labels, imagesOf(validation)),
      },
      dataHash,
      unreadable,
    },
  }
}

async function runTraining(
  parts: RunParts,
  { clock, checkpoint, split }: Prepared,
  store: PixelStore,
  { onProgress, onEpoch, log, signal }: TrainContext,
): Promise<TrainResult> {
  const { tf, family, tiers, recipe, ownLearningRate, options, labels } = parts
  const { whole, submodels, trained } = family
  const { output } = options
  const state = createRunState(checkpoint?.state)
  const run = new Run(parts, state, onEpoch ?? (() => undefined))
  if (checkpoint !== undefined) {
    const { epoch, step } = checkpoint.snapshot.position
    log.info({ epoch, step, began: state.startedAt }, 'training goes on from its checkpoint')
  } else if (options.resume) log.info({ output }, 'no checkpoint, training begins')
  const exits = whole.outputNames
  const facts = { weights: whole.countParams(), exits, parts: costsOf(submodels) }
  log.info(facts, 'training starts')
  await run.record()

  const maxMs = (options.maxMinutes ?? Infinity) * 60_000
  const { batchSize, epochs, seed } = options
  const from = checkpoint?.snapshot
  const classes = labels.length
  const fitOptions = { batchSize, epochs, seed, classes, recipe, ownLearningRate, maxMs, from }
  await fit(tf, trained, parts.training, fitOptions, {
    clock,
    signal,
    onProgress: onProgress ?? (() => undefined),
    onResumed: () => run.mendBest(),
    onStep: (snapshot) => run.checkpointInTime(snapshot),
    onEpoch: (end) => run.endEpoch(end),
  }).catch((thrown: unknown) => endDiverged(thrown, run, output))

  const { best, history } = run.state
  if (best?.family === undefined) throw untrained(signal)
  const { end } = run
  await run.record(end)
  if (end !== 'signal') await rm(join(output, checkpointFile), { force: true })
  const names = [
    ...submodels.map(({ name }) => name),
    family.wholeName,
    ...tiers.map(({ tier }) => tier),
  ]
  return {
    family: best.family,
    temperatures: best.temperatures,
    thresholds: best.thresholds,
    bestEpoch: best.epoch,
    sets: best.sets,
    labels,
    exitNames: exits,
    history,
    unreadable: store.unreadable.map(({ path }) => path),
    folders: [...new Set(names.map((name) => join(output, name)))],
    whole: join(output, family.wholeName),
    example: exampleOf(split.validation, store.unreadable),
    end,
  }
}

/** Going on from its checkpoint would come to the same end. */
async function endDiverged(thrown: unknown, run: Run, output: string): Promise<never> {
  if (!(thrown instanceof DivergedError)) throw thrown
  await run.record('diverged')
  await rm(join(output, checkpointFile), { force: true })
  const { best } = run.state
  throw best?.family === undefined
    ? thrown.with('no epoch was whole yet, so no model was written')
    : thrown.with(`the weights of epoch ${best.epoch}, the best one, stay in '${output}'`)
}

/** A run that was stopped, or whose time was over, before its first step. */
function untrained(signal: AbortSignal | undefined): ConfigError {
  const isStopped = signal?.aborted === true
  return new ConfigError(
    'DDNN_CONFIG_INVALID',
    isStopped
      ? 'Stopped before the first step of training: no model was written'
      : 'Expected at least one step of training before the end, got none: no model was written',
    { hint: isStopped ? undefined : 'Let it run longer, or raise --max-minutes' },
  )
}
