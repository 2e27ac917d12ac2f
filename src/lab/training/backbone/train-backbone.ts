// Exits for a network that was made elsewhere and stays as it is: images -> the network once -> pooled features ->
// heads -> calibration -> pieces on disk. `ddnn train --backbone` calls it; nothing here prints.
import { join } from 'node:path'
import { ConfigError } from '../../../errors.ts'
import { recipeSchema, type Recipe } from '../../../model/networks/recipe.ts'
import { countByLabel, listTrainingSets, splitFiles } from '../data-set.ts'
import { decodeImages, imagesOf } from '../decode-images.ts'
import { createInputWorkers } from '../input-workers.ts'
import { checkTrainOptions, type TrainOptions } from '../options.ts'
import type { PixelStore } from '../pixel-store.ts'
import {
  checkCache,
  checkFree,
  checkImages,
  openOutput,
  refuseAll,
  type OutputFolder,
} from '../refusals.ts'
import { describeCircumstances, type EndReason, type RunCircumstances } from '../run-record.ts'
import { loadTfjsNode, type TfNode } from '../tfjs-node.ts'
import { exampleOf } from '../decode-images.ts'
import type { TrainContext, TrainResult } from '../train.ts'
import type { BackboneChoice, HeadKind } from './choice.ts'
import { collectSets, type CollectedSets } from './collect-sets.ts'
import { fitHeads } from './fit-heads.ts'
import { HeadRun } from './head-run.ts'
import { createHeads, type Heads } from './heads.ts'
import { openChosen, type OpenedBackbone } from './open.ts'
import { placeExits, type ExitPlace } from './places.ts'
import { channelsOf } from './pooled-features.ts'
import { headRecipe } from './recipe.ts'
import { savePieces, wholeName } from './save-pieces.ts'
import { momentsOf, standardise } from './standardise.ts'

/** What is known of a run before any image is decoded. */
interface Prepared extends OpenedBackbone {
  readonly tf: TfNode
  readonly labels: readonly string[]
  readonly split: ReturnType<typeof splitFiles>
  readonly places: readonly ExitPlace[]
  readonly recipe: Recipe
}

/**
 * Trains exits on a frozen network and writes OUTPUT/NAME of each piece, OUTPUT/model, OUTPUT/model.history and
 * OUTPUT/run.json.
 * @throws DDNN_CONFIG_INVALID when options, images, places or output do not do.
 * @throws DDNN_MODEL_MISSING, DDNN_MODEL_DAMAGED when there is no network that can be opened, run and cut.
 * @throws DDNN_INPUT_MISSING when a folder has no images; DDNN_ENGINE_UNAVAILABLE without tfjs-node.
 */
export async function trainBackbone(
  options: TrainOptions,
  choice: BackboneChoice,
  context: TrainContext,
): Promise<TrainResult> {
  checkTrainOptions(options)
  const workers = createInputWorkers(options.inputWorkers)
  let output: OutputFolder | undefined
  let store: PixelStore | undefined
  let sets: CollectedSets | undefined
  try {
    const prepared = await prepare(options, choice, context, (opened) => (output = opened))
    const { input, places } = prepared
    const sized = { ...options, height: input.height, width: input.width }
    store = await decodeImages(prepared, workers, sized, context)
    if (store === undefined) throw untrained()
    const folder = options.cache ?? options.output
    sets = await collectSets(prepared, places, store, {
      ...{ choice, folder, workers, log: context.log },
      signal: context.signal,
    })
    if (sets === undefined) throw untrained()
    return await trainHeads(prepared, choice.head, sets, store, sized, context)
  } finally {
    await workers.close()
    if (options.cache === undefined) {
      await store?.remove()
      await sets?.file.remove()
    }
    await output?.discard()
  }
}

async function prepare(
  options: TrainOptions,
  choice: BackboneChoice,
  { log }: TrainContext,
  onOutput: (output: OutputFolder) => void,
): Promise<Prepared> {
  const { labels, files } = await listTrainingSets(options.trainingSets)
  const split = splitFiles(files, options.validationSplit, options.seed)
  const tf = loadTfjsNode(options.threads)
  await tf.ready()
  const opened = await openChosen(choice)
  const { learningRate } = options
  const given = { ...headRecipe, ...options.recipe, augmentation: false as const }
  const recipe = recipeSchema.parse(learningRate === undefined ? given : { ...given, learningRate })
  let places: readonly ExitPlace[] = []
  await refuseAll([
    () => checkImages(labels, split, options.batchSize),
    () => {
      places = placeExits(opened.backbone, choice, labels, opened.labels)
    },
    () => checkFree({ ...options, resume: false }),
    () => checkCache(options.cache),
    async () => onOutput(await openOutput(options.output)),
  ])
  const { height, width, values, isTold } = opened.input
  const exits = describePlaces(places)
  const facts = { backbone: choice.path, height, width, ...values, exits }
  if (isTold) log.info(facts, 'exits are trained on a frozen network')
  else {
    log.warn(
      facts,
      'nobody said what the network takes pixels as, so values from 0 to 1 are taken; --backbone-pixels says it',
    )
  }
  return { ...opened, tf, labels, split, places, recipe }
}

function describePlaces(places: readonly ExitPlace[]) {
  return places.map(({ name, cut, isOwn }) => ({
    name,
    tensor: cut.name,
    shape: cut.shape.join('x'),
    ...(isOwn ? { classifier: 'its own' } : {}),
  }))
}

async function trainHeads(
  prepared: Prepared,
  head: HeadKind,
  { training, validation }: CollectedSets,
  store: PixelStore,
  options: TrainOptions,
  { signal, onEpoch, onProgress, command = [] }: TrainContext,
): Promise<TrainResult> {
  const { tf, labels, places, recipe } = prepared
  const { batchSize, epochs, seed } = options
  const learned = places.filter(({ isOwn }) => !isOwn)
  const plans = learned.map(({ cut }, i) => {
    const channels = channelsOf(cut)
    const moments = momentsOf(training.inputs[i] as Float32Array, channels)
    for (const { inputs } of [training, validation]) standardise(inputs[i] as Float32Array, moments)
    return { channels, moments }
  })
  const made = { classes: labels.length, seed, recipe }
  const heads = createHeads(tf, plans, head, made)
  try {
    const circumstances = await circumstancesOf(prepared, store, options, command)
    const exitNames = places.map(({ name }) => `${name}_exit`)
    const run = new HeadRun(options, circumstances, exitNames, onEpoch ?? (() => undefined))
    let best = heads.save()
    const course = fitHeads(heads, training, validation, {
      ...{ classes: labels.length, epochs, batchSize, seed, recipe, signal },
      headCount: learned.length,
    })
    const steps = Math.floor(training.labels.length / batchSize)
    const startedAt = performance.now()
    for await (const epoch of course) {
      const elapsedMs = performance.now() - startedAt
      const etaMs = (elapsedMs / epoch.epoch) * (epochs - epoch.epoch)
      const { training: means } = epoch
      const at = { epoch: epoch.epoch, epochs, step: steps, steps, elapsedMs, etaMs }
      onProgress?.({ ...at, inputWaitMs: 0, training: means })
      if (run.endEpoch(epoch)) best = heads.save()
      if (run.isOutOfPatience) break
    }
    heads.restore(best)
    return await keepBest(prepared, heads, run, store, options, signal?.aborted === true)
  } finally {
    heads.dispose()
  }
}

/** Writes the family of the best epoch, whose weights are in the heads. */
async function keepBest(
  { backbone, input, places, labels, split }: Prepared,
  heads: Heads,
  run: HeadRun,
  { training, unreadable }: PixelStore,
  { output, epochs, orientation }: TrainOptions,
  isStopped: boolean,
): Promise<TrainResult> {
  const { best, epochSeconds, history } = run.state
  if (best === undefined) throw untrained()
  const { temperatures, thresholds, sets, epoch: bestEpoch } = best
  const made = heads.read()
  const exits = places.map((_, i) => ({
    temperature: temperatures[i] as number,
    threshold: thresholds[i],
    accuracy: sets[0]?.accuracy[i] ?? 0,
  }))
  const { height, width } = input
  const trainingData = { hash: training.hash, samples: training.labels.length }
  const family = await savePieces(
    { backbone, input, places, heads: places.map((_, i) => made[i]) },
    { version: '1', labels, height, width, orientation, trainingData, exits },
    output,
  )
  run.setFamily(family)
  const isWhole = epochSeconds.length === epochs
  const end: EndReason = isWhole ? 'epochs' : isStopped ? 'signal' : 'patience'
  await run.write(end)
  const whole = join(output, wholeName)
  return {
    ...{ family, temperatures, thresholds, bestEpoch, sets, labels, history, whole, end },
    exitNames: run.exitNames,
    unreadable: unreadable.map(({ path }) => path),
    folders: [...places.map(({ name }) => join(output, name)), whole],
    example: exampleOf(split.validation, unreadable),
  }
}

async function circumstancesOf(
  { tf, labels, recipe }: Prepared,
  { training, validation, unreadable }: PixelStore,
  options: TrainOptions,
  command: readonly string[],
): Promise<RunCircumstances> {
  return {
    format: 1,
    command,
    ...(await describeCircumstances(tf)),
    ...{ seed: options.seed, options, recipe, labels, unreadable },
    classCounts: {
      training: countByLabel(labels, imagesOf(training)),
      validation: countByLabel(labels, imagesOf(validation)),
    },
    dataHash: { training: training.hash, validation: validation.hash },
  }
}

function untrained(): ConfigError {
  return new ConfigError(
    'DDNN_CONFIG_INVALID',
    'Expected at least one epoch of the exits before the end, got none',
    { hint: 'No model was written; begin again, with --cache DIR to keep what is done so far' },
  )
}
