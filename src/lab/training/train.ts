// A training run: folders of images -> split -> scratch file of pixels -> fit -> calibration -> submodels on
// disk. The `train` command calls it; nothing here prints.
import { join } from 'node:path'
import { costsOf } from '../../model/multiply-adds.ts'
import { writeTiers, type TierStages } from '../../model/split.ts'
import { beginOf, hashModule } from './begin.ts'
import { warnOfDrift } from './drifting-norms.ts'
import { buildFamily, planTiers, type Built } from './build.ts'
import { takeCheckpoint, tellStart, type Checkpoint } from './checkpoint.ts'
import type { TrainContext } from './context.ts'
import { closeRun, runCourse, untrained, type Course } from './course.ts'
import { listTrainingSets, splitFiles } from './data-set.ts'
import { DivergedError } from './divergence.ts'
import { describeRun } from './describe-run.ts'
import { exitFactsOf } from './end-of-epoch.ts'
import { decodeImages } from './decode-images.ts'
import { createInputWorkers, type InputWorkers } from './input-workers.ts'
import { withNativeLayers, type StepState } from './native-layers.ts'
import { takeInitialWeights, type InitialWeights } from './initial-weights.ts'
import { withKnownPrecision } from './known-precision.ts'
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
import { readRecord, type RunBegin } from './run-record.ts'
import { checkFacts, factsOfImages, factsOfOptions, type RunFacts } from './run-facts.ts'
import { resultOf, type TrainResult } from './result.ts'
import { createRunState } from './run-state.ts'
import type { Keeper } from './run.ts'
import { saveFamily } from './save.ts'
import { loadTfjsNode, type TfNode } from './tfjs-node.ts'
import { createImageSource } from './training-source.ts'
import { whiten } from './whiten.ts'

export type { TrainContext } from './context.ts'
export type { TrainResult } from './result.ts'

/** What is known of a run before any image is decoded. */
interface Prepared extends Built {
  readonly tf: TfNode
  readonly stepState: StepState
  readonly labels: readonly string[]
  readonly split: ReturnType<typeof splitFiles>
  readonly tiers: readonly TierStages[]
  readonly facts: RunFacts
  readonly checkpoint: Checkpoint | undefined
  readonly begins: RunBegin
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
    const { facts, checkpoint } = prepared
    const known = { ...facts, ...factsOfImages(store.training.hash, store.validation.hash) }
    if (checkpoint !== undefined) checkFacts(known, checkpoint.facts)
    prepared = { ...prepared, facts: known }
    isHalfFinished = true
    const result = await runTraining(prepared, store, workers, options, context)
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
  const stepState: StepState = { step: 0 }
  const tf = withNativeLayers(stock, seed, stepState) as TfNode
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
    const { family, ownLearningRate, whitening } = made.built as Built
    const recipe = withKnownPrecision(tf, (made.built as Built).recipe, log)
    stepState.precision = recipe.precision
    warnOfDrift(family.whole, recipe, log)
    const moduleHash = await hashModule(options)
    const facts = { ...factsOfOptions(options, recipe, labels, family.whole), ...moduleHash }
    const checkpoint = await takeCheckpoint(options)
    if (checkpoint !== undefined) checkFacts(facts, checkpoint.facts)
    const begins =
      checkpoint === undefined
        ? beginOf(await beginWith(tf, family, options, labels, log), moduleHash)
        : ((await readRecord(output))?.begins ?? {})
    const { tiers } = made
    const built = { family, recipe, ownLearningRate, whitening, tiers, begins }
    return { tf, stepState, labels, split, ...built, facts, checkpoint }
  } catch (thrown) {
    made.built?.family.dispose()
    throw thrown
  }
}

/** A run that goes on has its weights in the checkpoint. */
async function beginWith(
  tf: TfNode,
  family: Built['family'],
  { initialWeights: folder }: TrainOptions,
  labels: readonly string[],
  log: TrainContext['log'],
): Promise<InitialWeights | undefined> {
  if (folder === undefined) return undefined
  const initial = await takeInitialWeights(tf, family, folder, labels)
  log.info({ folder, ...initial }, 'begins with trained weights')
  return initial
}

async function runTraining(
  prepared: Prepared,
  store: PixelStore,
  workers: InputWorkers,
  options: TrainOptions,
  context: TrainContext,
): Promise<TrainResult> {
  const { family, tiers, checkpoint, split, labels } = prepared
  const { whole, submodels } = family
  const { output } = options
  const course = await planCourse(prepared, store, workers, options, context)
  await beginWhitened(prepared, store, workers, options)
  tellStart(checkpoint, options, context.log)
  const exitNames = whole.outputNames
  const facts = { weights: whole.countParams(), exits: exitNames, parts: costsOf(submodels) }
  context.log.info(facts, 'training starts')
  const ended = await runCourse(course, context)
  await closeRun(ended.run, output)
  const names = [
    ...submodels.map(({ name }) => name),
    family.wholeName,
    ...tiers.map(({ tier }) => tier),
  ]
  return {
    ...resultOf(ended, { labels, store, split }),
    folders: [...new Set(names.map((name) => join(output, name)))],
    whole: join(output, family.wholeName),
  }
}

/** A run that goes on, or begins with weights of this layer, has them already. */
async function beginWhitened(
  { tf, family, whitening, checkpoint, begins }: Prepared,
  { training: images }: PixelStore,
  workers: InputWorkers,
  { height, width, seed }: TrainOptions,
): Promise<void> {
  if (whitening === undefined || checkpoint !== undefined) return
  if (begins.freshWeights?.includes(`${whitening}/kernel`) === false) return
  const size = { height, width }
  const source = createImageSource({ workers, images, size, augmentation: false })
  await whiten(tf, family.whole, whitening, source, seed)
}

async function planCourse(
  prepared: Prepared,
  store: PixelStore,
  workers: InputWorkers,
  options: TrainOptions,
  { command = [], signal }: TrainContext,
): Promise<Course> {
  const { tf, family, recipe, labels, stepState, checkpoint, ownLearningRate, begins } = prepared
  const { training, validation } = store
  const [, height = options.height, width = options.width] = family.trained.inputs[0]?.shape ?? []
  const size = { height: height as number, width: width as number }
  const { whole: model, trained, wholeName } = family
  const { augmentation, learningRate } = recipe
  const { epochs } = options
  return {
    ...{ tf, model, trained, wholeName, recipe, options, stepState, signal, epochs },
    exitNames: model.outputNames,
    totalEpochs: epochs,
    earlierEpochs: 0,
    classes: labels.length,
    isInference: false,
    beside: [],
    rates: { learningRate, ownLearningRate },
    keeper: createKeeper(prepared, training, options),
    training: createImageSource({ workers, images: training, size, augmentation }),
    validation: createImageSource({
      ...{ workers, images: validation, size: validation },
      augmentation: false,
    }),
    facts: prepared.facts,
    circumstances: await describeRun(tf, store, { options, recipe, labels, command, begins }),
    state: createRunState(checkpoint?.state),
    from: checkpoint?.snapshot,
  }
}

function createKeeper(
  { family, tiers, labels }: Prepared,
  { hash, labels: samples }: PixelStore['training'],
  { height, width, orientation, output }: TrainOptions,
): Keeper {
  const trainingData = { hash, samples: samples.length }
  return {
    isAtOnce: true,
    hold: () => undefined,
    async write(best) {
      const exits = exitFactsOf(best)
      const facts = { version: '1', labels, height, width, orientation, trainingData, exits }
      const written = await saveFamily(family, facts, output)
      await writeTiers(output, tiers)
      return written
    },
  }
}
