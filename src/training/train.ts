// A training run: folders of images -> split -> pixels -> fit -> calibration -> submodels on disk. The
// `train` command calls it; nothing here prints.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../errors.ts'
import type { ImageDecoder } from '../input/input.ts'
import { costsOf } from '../model/multiply-adds.ts'
import type { Family } from '../model/networks/network.ts'
import type { Recipe } from '../model/networks/recipe.ts'
import { writeTiers, type TierStages } from '../model/split.ts'
import { buildFamily, planTiers } from './build.ts'
import {
  countByLabel,
  decodeFiles,
  listTrainingSets,
  splitFiles,
  type DecodedImages,
  type ImageFile,
} from './data-set.ts'
import { evaluate } from './evaluate.ts'
import { fit, type TrainProgress } from './fit.ts'
import { createHistory, type History } from './history.ts'
import { calibrate, meansOf, measureSet, type Calibration, type SetResult } from './measure.ts'
import { withNativeLayers, type StepClock } from './native-layers.ts'
import { resolveNetwork } from './networks.ts'
import type { ExitMeans } from './objective.ts'
import { checkTrainOptions, type TrainOptions } from './options.ts'
import { saveFamily } from './save.ts'
import { loadTfjsNode, type TfNode } from './tfjs-node.ts'

export type { TrainProgress } from './fit.ts'

/** The end of an epoch. */
export interface EpochReport {
  /** From 1. */
  readonly epoch: number
  readonly epochs: number
  readonly training: ExitMeans
  /** On the validation share of the first training set. */
  readonly validation: ExitMeans
  /** Whether these weights are the best so far, and were saved. */
  readonly isBest: boolean
}

/** What training needs from outside. */
export interface TrainContext {
  /** The decoder that serving uses, so that training sees the same pixels. */
  readonly decode: ImageDecoder
  readonly log: {
    info(facts: object, message: string): void
    warn(facts: object, message: string): void
  }
  /** After every step. */
  readonly onProgress?: (progress: TrainProgress) => void
  readonly onEpoch?: (report: EpochReport) => void
  /** Ends the run after the step under way; what was trained so far is measured and saved. */
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
}

interface Images {
  readonly labels: readonly string[]
  /** A little larger than the network's input where the recipe augments. */
  readonly training: DecodedImages
  readonly validation: DecodedImages
}

interface Best extends Calibration {
  readonly bestEpoch: number
  readonly family: string
  readonly sets: readonly SetResult[]
}

/** How much larger than the network's input images are held, to be cropped. */
const heldScale = 10 / 9

/**
 * Trains a network and writes OUTPUT/NAME of each submodel, OUTPUT/model, OUTPUT/model.history (or as the network names
 * its whole), and OUTPUT/TIER of each tier of `split`. The
 * best epoch's weights are on disk as soon as it ends, so a kill loses one epoch at most.
 * @throws DDNN_CONFIG_INVALID when an option is wrong, there is one label only or less than a batch.
 * @throws DDNN_INPUT_MISSING when a folder has no images.
 * @throws DDNN_MODULE_INVALID when the model module has no createNetwork.
 * @throws DDNN_ENGINE_UNAVAILABLE when tfjs-node does not load.
 */
export async function train(options: TrainOptions, context: TrainContext): Promise<TrainResult> {
  checkTrainOptions(options)
  const { seed } = options
  const { labels, files } = await listTrainingSets(options.trainingSets)
  const split = splitFiles(files, options.validationSplit, seed)
  checkEnough(labels.length, split.training.length, split.validation, options.batchSize)

  const createNetwork = await resolveNetwork(options)
  const stock = loadTfjsNode()
  await stock.ready()
  const clock: StepClock = { step: 0 }
  const tf = withNativeLayers(stock, seed, clock) as TfNode
  const { family, recipe } = buildFamily(tf, createNetwork, labels.length, options)
  try {
    const tiers = await planTiers(family, options)
    const images = await loadImages(labels, split, recipe, options, context)
    return await trainFamily(tf, family, tiers, recipe, images, clock, options, context)
  } finally {
    family.dispose()
  }
}

async function loadImages(
  labels: readonly string[],
  split: { readonly training: ImageFile[]; readonly validation: ImageFile[] },
  recipe: Recipe,
  { height, width, batchSize }: TrainOptions,
  { decode, signal, log }: TrainContext,
): Promise<Images> {
  const isCropped = recipe.augmentation !== false && recipe.augmentation.crop[0] < 1
  const scale = isCropped ? heldScale : 1
  const held = { height: Math.ceil(height * scale), width: Math.ceil(width * scale) }
  const training = await decodeFiles(split.training, held, decode, signal)
  const validation = await decodeFiles(split.validation, { height, width }, decode, signal)
  if (signal?.aborted === true) throw untrained()
  for (const file of [...training.unreadable, ...validation.unreadable]) {
    log.warn({ file }, 'left out an unreadable image')
  }
  checkEnough(labels.length, training.images.length, validation.images, batchSize)
  const counts = {
    labels,
    training: countByLabel(labels, training.images),
    validation: countByLabel(labels, validation.images),
  }
  log.info(counts, 'images read')
  return { labels, training, validation }
}

async function trainFamily(
  tf: TfNode,
  family: Family,
  tiers: readonly TierStages[],
  recipe: Recipe,
  images: Images,
  clock: StepClock,
  options: TrainOptions,
  context: TrainContext,
): Promise<TrainResult> {
  const { whole, submodels } = family
  const { labels, training, validation } = images
  const { height, width, epochs, output } = options
  const [, trainedHeight, trainedWidth] = family.trained.inputs[0]?.shape ?? []
  const exitNames = whole.outputNames
  const history = createHistory(exitNames, recipe.lossWeights)
  const kept: { best?: Best; score: number } = { score: -Infinity }
  await mkdir(output, { recursive: true })

  const save = async (epoch: number): Promise<Best> => {
    const evaluated = evaluate(tf, whole, validation.images, options.batchSize)
    const measured = evaluated.filter(({ set }) => set === 0)
    const calibration = calibrate(measured)
    const { accuracy } = meansOf(measured, exitNames.length)
    const exits = accuracy.map((value, i) => ({
      temperature: calibration.temperatures[i] as number,
      threshold: calibration.thresholds[i],
      accuracy: value,
    }))
    const trainingData = { hash: training.hash, samples: training.images.length }
    const facts = { version: '1', labels, height, width, trainingData, exits }
    const hash = await saveFamily(family, facts, output)
    await writeTiers(output, tiers)
    const sets = options.trainingSets.map((folder, set) => {
      const own = evaluated.filter((image) => image.set === set)
      return measureSet(folder, own, calibration)
    })
    return { bestEpoch: epoch, family: hash, sets, ...calibration }
  }

  const onEpoch = async (epoch: number, trained: ExitMeans) => {
    const first = validation.images.filter(({ set }) => set === 0)
    const means = meansOf(evaluate(tf, whole, first, options.batchSize), exitNames.length)
    history.add(trained, means)
    // Of equals the later one: its weights have seen more.
    const score = means.accuracy.reduce((sum, accuracy) => sum + accuracy, 0)
    const isBest = score >= kept.score
    if (isBest) {
      kept.best = await save(epoch)
      kept.score = score
    }
    await writeFile(
      join(output, `${family.wholeName}.history`),
      `${JSON.stringify(history.read())}\n`,
    )
    context.onEpoch?.({ epoch, epochs, training: trained, validation: means, isBest })
  }

  const onProgress = context.onProgress ?? (() => undefined)
  const hooks = { clock, signal: context.signal, onProgress, onEpoch }
  const maxMs = (options.maxMinutes ?? Infinity) * 60_000
  const size = { height: trainedHeight as number, width: trainedWidth as number }
  const fitOptions = { ...options, ...size, classes: labels.length, recipe, maxMs }
  const facts = { weights: whole.countParams(), exits: exitNames, parts: costsOf(submodels) }
  context.log.info(facts, 'training starts')
  await fit(tf, family.trained, training.images, fitOptions, hooks)
  if (kept.best === undefined) throw untrained()
  return {
    ...kept.best,
    labels,
    exitNames,
    history: history.read(),
    unreadable: [...training.unreadable, ...validation.unreadable],
    folders: [
      ...new Set(
        [
          ...submodels.map(({ name }) => name),
          family.wholeName,
          ...tiers.map(({ tier }) => tier),
        ].map((name) => join(output, name)),
      ),
    ],
  }
}

/** A run that was stopped, or whose time was over, before its first step. */
function untrained(): ConfigError {
  return new ConfigError(
    'DDNN_CONFIG_INVALID',
    'Expected at least one step of training before the end, got none',
    { hint: 'Nothing was written; let it run longer, or raise --max-minutes' },
  )
}

function checkEnough(
  labels: number,
  trainingImages: number,
  validation: readonly { readonly set: number }[],
  batchSize: number,
): void {
  const refuse = (message: string, hint: string) => {
    throw new ConfigError('DDNN_CONFIG_INVALID', message, { hint })
  }
  if (labels < 2) {
    refuse(
      `Expected at least 2 labels, got ${labels}`,
      'Lay the images out as DIR/LABEL/*.jpg, one folder a label',
    )
  }
  if (trainingImages < batchSize) {
    refuse(
      `Expected at least a batch of ${batchSize} training images, got ${trainingImages}`,
      'Add images or lower --batch_size',
    )
  }
  if (!validation.some(({ set }) => set === 0)) {
    refuse(
      'Expected validation images in the first training set, got none',
      'Give each label at least two images',
    )
  }
}
