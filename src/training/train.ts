// A training run from folders of images to a family of submodels on disk: list, split, decode, fit, calibrate, save.
// The `train` command calls it; nothing here prints.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../errors.ts'
import type { ImageDecoder } from '../input/input.ts'
import { assemble } from '../model/networks/network.ts'
import { chooseThresholds, fitTemperature, runCascade, toCascadeSample } from './calibrate.ts'
import {
  countByLabel,
  decodeFiles,
  listTrainingSets,
  splitFiles,
  type DecodedImages,
} from './data-set.ts'
import { evaluate, type Evaluated } from './evaluate.ts'
import { fit, type TrainProgress } from './fit.ts'
import { createHistory, type History } from './history.ts'
import { resolveNetwork } from './networks.ts'
import { withNativeLayers, type StepClock } from './native-layers.ts'
import { ExitMeter, type ExitMeans } from './objective.ts'
import { checkTrainOptions, type TrainOptions } from './options.ts'
import { saveFamily } from './save.ts'
import { loadTfjsNode } from './tfjs-node.ts'

export type { TrainProgress } from './fit.ts'

/** The end of an epoch. */
export interface EpochReport {
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
  readonly onProgress?: (progress: TrainProgress) => void
  readonly onEpoch?: (report: EpochReport) => void
  /** Aborts after the step under way; the best weights so far are saved. */
  readonly signal?: AbortSignal
}

/** A cascade of all exits on validation images of one training set. */
export interface SetResult {
  readonly folder: string
  readonly images: number
  /** Accuracy of each exit, had all images left there. */
  readonly accuracy: readonly number[]
  readonly cascadeAccuracy: number
  /** Share that leaves at each exit. */
  readonly shares: readonly number[]
}

export interface TrainResult {
  /** Hash of the trained family. */
  readonly family: string
  readonly labels: readonly string[]
  readonly exitNames: readonly string[]
  readonly bestEpoch: number
  readonly temperatures: readonly number[]
  readonly thresholds: readonly number[]
  /** Validation images of each training set, in the order of the flags. */
  readonly sets: readonly SetResult[]
  readonly history: History
  readonly unreadable: readonly string[]
  /** Folders written. */
  readonly folders: readonly string[]
}

/** Training images are held this much larger than the network's input, to be cropped. */
const heldScale = 10 / 9

/**
 * Trains a network and writes OUTPUT/NAME of each submodel, OUTPUT/model and OUTPUT/model.history. The best epoch's weights are on
 * disk as soon as it ends, so a kill loses at most one epoch.
 * @throws DDNN_CONFIG_INVALID when an option is wrong, there is one label only or fewer images than a batch.
 * @throws DDNN_INPUT_MISSING when a folder has no images.
 * @throws DDNN_ENGINE_UNAVAILABLE when tfjs-node does not load.
 */
export async function train(options: TrainOptions, context: TrainContext): Promise<TrainResult> {
  checkTrainOptions(options)
  const { height, width, batchSize, seed, output } = options
  const { log, signal } = context
  const listing = await listTrainingSets(options.trainingSets)
  const { labels } = listing
  const split = splitFiles(listing.files, options.validationSplit, seed)
  checkEnough(labels.length, split.training.length, batchSize)

  const createNetwork = await resolveNetwork(options)
  const stock = loadTfjsNode()
  await stock.ready()
  const clock: StepClock = { step: 0 }
  const tf = withNativeLayers(stock, seed, clock)
  const { parts, recipe } = createNetwork(tf, { height, width, classes: labels.length, seed })
  const family = assemble(tf, { height, width }, parts)
  const { whole } = family
  const exitNames = whole.outputNames

  const heldHeight = recipe.augmentation ? Math.ceil(height * heldScale) : height
  const heldWidth = recipe.augmentation ? Math.ceil(width * heldScale) : width
  const held = await decodeFiles(split.training, heldHeight, heldWidth, context.decode, signal)
  const kept = await decodeFiles(split.validation, height, width, context.decode, signal)
  const unreadable = [...held.unreadable, ...kept.unreadable]
  for (const file of unreadable) log.warn({ file }, 'left out an unreadable image')
  checkEnough(labels.length, held.images.length, batchSize)
  log.info(
    {
      labels,
      training: countByLabel(labels, held.images),
      validation: countByLabel(labels, kept.images),
      weights: whole.countParams(),
    },
    'training starts',
  )

  await mkdir(output, { recursive: true })
  const history = createHistory(exitNames, recipe.lossWeights)
  let best: Best | undefined
  await fit(
    tf,
    whole,
    held.images,
    {
      height,
      width,
      classes: labels.length,
      batchSize,
      epochs: options.epochs,
      seed,
      recipe: { ...recipe, learningRate: options.learningRate ?? recipe.learningRate },
      maxMs: (options.maxMinutes ?? Infinity) * 60_000,
    },
    {
      clock,
      signal,
      onProgress: context.onProgress ?? (() => undefined),
      onEpoch: async (epoch, training) => {
        const evaluated = evaluate(tf, whole, kept.images, batchSize)
        const measured = evaluated.filter(({ set }) => set === 0)
        const validation = meansOf(measured, exitNames.length)
        history.add(training, validation)
        const score = validation.accuracy.reduce((sum, a) => sum + a, 0)
        const isBest = best === undefined || score >= best.score
        if (isBest) {
          const chosen = calibrate(measured)
          const exits = exitNames.map((_, i) => ({
            temperature: chosen.temperatures[i] as number,
            threshold: chosen.thresholds[i],
            accuracy: validation.accuracy[i] as number,
          }))
          const facts = { version: '1', labels, height, width, exits, trainingData: toFacts(held) }
          const hash = await saveFamily(tf, family, facts, output)
          const sets = options.trainingSets.map((folder, set) =>
            measureSet(
              folder,
              evaluated.filter((e) => e.set === set),
              chosen,
            ),
          )
          best = { score, epoch, family: hash, sets, ...chosen }
        }
        await writeFile(join(output, 'model.history'), `${JSON.stringify(history.read())}\n`)
        context.onEpoch?.({ epoch, epochs: options.epochs, training, validation, isBest })
      },
    },
  )
  whole.dispose()
  if (best === undefined) {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      'Expected at least one step of training, got none',
      {
        hint: 'Give it more time with --max-minutes',
      },
    )
  }
  return {
    family: best.family,
    labels,
    exitNames,
    bestEpoch: best.epoch,
    temperatures: best.temperatures,
    thresholds: best.thresholds,
    sets: best.sets,
    history: history.read(),
    unreadable,
    folders: [...family.submodels.map(({ name }) => name), 'model'].map((n) => join(output, n)),
  }
}

interface Calibration {
  readonly temperatures: readonly number[]
  readonly thresholds: readonly number[]
}

interface Best extends Calibration {
  readonly score: number
  readonly epoch: number
  readonly family: string
  readonly sets: readonly SetResult[]
}

function checkEnough(labels: number, images: number, batchSize: number): void {
  if (labels < 2) {
    throw new ConfigError('DDNN_CONFIG_INVALID', `Expected at least 2 labels, got ${labels}`, {
      hint: 'Lay the images out as DIR/LABEL/*.jpg, one folder a label',
    })
  }
  if (images < batchSize) {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected at least one batch of ${batchSize} training images, got ${images}`,
      { hint: 'Add images or lower --batch_size' },
    )
  }
}

function toFacts({ hash, images }: DecodedImages): { hash: string; samples: number } {
  return { hash, samples: images.length }
}

function meansOf(evaluated: readonly Evaluated[], exits: number): ExitMeans {
  const meter = new ExitMeter(exits)
  for (const { logits, label } of evaluated) meter.add(logits, label)
  return meter.read()
}

function calibrate(evaluated: readonly Evaluated[]): Calibration {
  const exits = evaluated[0]?.logits.length ?? 0
  const temperatures = Array.from({ length: exits }, (_, i) =>
    fitTemperature(evaluated.map(({ logits, label }) => ({ logits: logits[i] ?? [], label }))),
  )
  return { temperatures, thresholds: chooseThresholds(toSamples(evaluated, temperatures)) }
}

function toSamples(evaluated: readonly Evaluated[], temperatures: readonly number[]) {
  return evaluated.map(({ logits, label }) => toCascadeSample(logits, label, temperatures))
}

function measureSet(
  folder: string,
  evaluated: readonly Evaluated[],
  { temperatures, thresholds }: Calibration,
): SetResult {
  const { accuracy, shares } = runCascade(toSamples(evaluated, temperatures), thresholds)
  return {
    folder,
    images: evaluated.length,
    accuracy: meansOf(evaluated, temperatures.length).accuracy,
    cascadeAccuracy: accuracy,
    shares,
  }
}
