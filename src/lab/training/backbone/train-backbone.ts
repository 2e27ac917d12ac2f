// Exits for a network that was made elsewhere: images -> the network once -> pooled features -> heads -> calibration
// -> pieces on disk; where it is asked for, its layers are trained too. `ddnn train --backbone` calls it; nothing
// here prints.
import { join } from 'node:path'
import { defaultOrientation } from '../../../domain/orientation.ts'
import type { ExitHead } from '../../../model/backbone/backbone.ts'
import { tellStart } from '../checkpoint.ts'
import type { TrainContext } from '../context.ts'
import { closeRun, untrained, type EndedRun } from '../course.ts'
import { decodeImages } from '../decode-images.ts'
import { describeRun } from '../describe-run.ts'
import { DivergedError } from '../divergence.ts'
import { exitFactsOf } from '../end-of-epoch.ts'
import { createInputWorkers } from '../input-workers.ts'
import type { StepState } from '../native-layers.ts'
import { checkTrainOptions, type TrainOptions } from '../options.ts'
import type { PixelStore } from '../pixel-store.ts'
import type { OutputFolder } from '../refusals.ts'
import { resultOf, type TrainResult } from '../result.ts'
import { checkFacts, factsOfImages } from '../run-facts.ts'
import { createRunState } from '../run-state.ts'
import type { BackboneChoice } from './choice.ts'
import { collectSets, type CollectedSets } from './collect-sets.ts'
import { blankHeads } from './heads.ts'
import { removeFeatures } from './pooled-features.ts'
import { prepare, type BackboneCourse, type Prepared, type RunImages } from './prepare.ts'
import { savePieces, wholeName } from './save-pieces.ts'
import { trainExits } from './train-exits.ts'
import { earlierEpochsOf, isOfLayers, trainLayers } from './train-layers.ts'

/**
 * Trains exits on a network and writes OUTPUT/NAME of each piece, OUTPUT/model, OUTPUT/model.history and
 * OUTPUT/run.json; a checkpoint lets a run that was stopped or killed go on with the same result.
 * @throws DDNN_CONFIG_INVALID when options, images, places or output do not do, or a run that goes on was told
 * something else when it began.
 * @throws DDNN_MODEL_MISSING, DDNN_MODEL_DAMAGED when there is no network that can be opened, run and cut.
 * @throws DDNN_INPUT_MISSING when a folder has no images; DDNN_ENGINE_UNAVAILABLE without tfjs-node.
 * @throws {DivergedError} where numbers are none any more.
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
  let isBegun = false
  let isHalfFinished = false
  try {
    const prepared = await prepare(options, choice, context, (opened) => (output = opened))
    const { input, places, checkpoint } = prepared
    const { height, width } = input
    const sized = { ...options, height, width }
    store = await decodeImages(
      { ...prepared, labels: prepared.classLabels },
      workers,
      sized,
      context,
    )
    if (store === undefined) throw untrained(context.signal)
    const facts = {
      ...prepared.facts,
      ...factsOfImages(store.training.hash, store.validation.hash),
    }
    if (checkpoint !== undefined) checkFacts(facts, checkpoint.facts)
    let sets: CollectedSets | undefined
    if (!isOfLayers(checkpoint)) {
      const folder = options.cache ?? options.output
      const { orientation = defaultOrientation } = options
      const collect = { choice, folder, orientation, workers, ...context, signal: context.signal }
      sets = await collectSets(prepared, places, store, collect)
      if (sets === undefined) throw untrained(context.signal)
    }
    isBegun = true
    isHalfFinished = true
    const known = { ...prepared, facts }
    const result = await runCourses(known, sets, { store, workers }, sized, context)
    isHalfFinished = result.end === 'signal'
    return result
  } catch (thrown) {
    // Nothing can go on from it.
    if (thrown instanceof DivergedError) isHalfFinished = false
    throw thrown
  } finally {
    await workers.close()
    if (!isHalfFinished && options.cache === undefined) {
      await store?.remove()
      if (isBegun) await removeFeatures(options.output)
    }
    await output?.discard()
  }
}

async function runCourses(
  prepared: Prepared,
  sets: CollectedSets | undefined,
  images: RunImages,
  options: TrainOptions,
  context: TrainContext,
): Promise<TrainResult> {
  const { checkpoint, classLabels, places, split, choice } = prepared
  const { output } = options
  const common = await planCourse(prepared, images.store, options, context)
  tellStart(checkpoint, options, context.log)
  let ended: EndedRun
  if (sets === undefined) {
    const classes = classLabels.length
    const heads = blankHeads(places, choice.head, classes)
    const start = { heads, earlierEpochs: earlierEpochsOf(checkpoint) }
    ended = await trainLayers(prepared, start, images, common, context)
  } else {
    const exits = await trainExits(prepared, sets, images, common, context)
    ended = exits
    const isStopped = exits.run.end === 'signal' || exits.run.end === 'time'
    if (choice.fineTune !== undefined && !isStopped) {
      ended = await goOnWithLayers(prepared, exits, images, common, context)
    }
  }
  await closeRun(ended.run, output)
  const whole = join(output, wholeName)
  return {
    ...resultOf(ended, { labels: classLabels, store: images.store, split }),
    folders: [...places.map(({ name }) => join(output, name)), whole],
    whole,
  }
}

function goOnWithLayers(
  prepared: Prepared,
  { run, heads }: EndedRun & { readonly heads: readonly (ExitHead | undefined)[] },
  images: RunImages,
  common: BackboneCourse,
  context: TrainContext,
): Promise<EndedRun> {
  const earlierEpochs = run.state.epochSeconds.length
  // Patience begins anew.
  const state = { ...run.state, epochsSinceRise: 0 }
  return trainLayers(prepared, { heads, earlierEpochs }, images, { ...common, state }, context)
}

async function planCourse(
  prepared: Prepared,
  store: PixelStore,
  options: TrainOptions,
  { command = [], signal }: TrainContext,
): Promise<BackboneCourse> {
  const {
    tf,
    choice,
    classLabels: labels,
    places,
    recipe,
    facts,
    checkpoint,
    backbone,
    input,
  } = prepared
  const { output, orientation } = options
  const { height, width } = input
  const { training } = store
  const trainingData = { hash: training.hash, samples: training.labels.length }
  const stepState: StepState = { step: 0 }
  return {
    ...{ tf, options, facts, signal, wholeName, stepState },
    exitNames: places.map(({ name }) => `${name}_exit`),
    classes: labels.length,
    circumstances: await describeRun(tf, store, {
      ...{ options, recipe, labels, command },
      begins: {
        backbone: { ...choice, exits: places.map(({ name, cut }) => ({ name, at: cut.name })) },
      },
    }),
    state: createRunState(checkpoint?.state),
    save: (best, heads, writePiece = (...piece) => backbone.writePiece(...piece)) =>
      savePieces(
        { backbone: { ...backbone, writePiece }, input, places, heads },
        {
          ...{ version: '1', labels, height, width, orientation, trainingData },
          exits: exitFactsOf(best),
        },
        output,
      ),
  }
}
