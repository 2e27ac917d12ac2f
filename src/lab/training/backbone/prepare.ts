// What is known of a run on a backbone before any image is decoded, and all that it can be refused for by then.
import type { Backbone, ExitHead } from '../../../model/backbone/backbone.ts'
import type { Recipe } from '../../../model/networks/recipe.ts'
import { checkLossWeights, mergeRecipe } from '../merge-recipe.ts'
import { takeCheckpoint, type Checkpoint } from '../checkpoint.ts'
import type { TrainContext } from '../context.ts'
import type { Course } from '../course.ts'
import { listTrainingSets, splitFiles } from '../data-set.ts'
import type { InputWorkers } from '../input-workers.ts'
import { registerReluGradient } from '../native-layers.ts'
import type { TrainOptions } from '../options.ts'
import type { PixelStore } from '../pixel-store.ts'
import {
  checkCache,
  checkFree,
  checkImages,
  openOutput,
  refuseAll,
  type OutputFolder,
} from '../refusals.ts'
import { checkFacts, type RunFacts } from '../run-facts.ts'
import type { Best } from '../run-state.ts'
import { loadTfjsNode, type TfNode } from '../tfjs-node.ts'
import type { BackboneChoice } from './choice.ts'
import { factsOfBackbone } from './facts.ts'
import { openChosen, type OpenedBackbone } from './open.ts'
import { placeExits, type ExitPlace } from './places.ts'
import { headRecipe } from './recipe.ts'
import { refuseFineTune, refuseRecipe } from './refuse-choice.ts'
import { tryFineTune } from './trial-step.ts'

export interface Prepared extends OpenedBackbone {
  readonly tf: TfNode
  readonly choice: BackboneChoice
  readonly classLabels: readonly string[]
  readonly split: ReturnType<typeof splitFiles>
  readonly places: readonly ExitPlace[]
  readonly recipe: Recipe
  readonly facts: RunFacts
  readonly checkpoint: Checkpoint | undefined
}

/** Decoded images, and the threads that read them. */
export interface RunImages {
  readonly store: PixelStore
  readonly workers: InputWorkers
}

/** What both courses of a backbone have in common. */
export interface BackboneCourse extends Pick<
  Course,
  | ('tf' | 'exitNames' | 'wholeName' | 'options' | 'facts' | 'circumstances' | 'signal')
  | ('stepState' | 'classes' | 'state')
> {
  /** Writes the pieces with these heads, and gives the family's hash. */
  readonly save: (
    best: Best,
    heads: readonly (ExitHead | undefined)[],
    writePiece?: Backbone['writePiece'],
  ) => Promise<string>
}

/**
 * @throws DDNN_CONFIG_INVALID, naming all that does not do, or that a run which goes on was told otherwise.
 * @throws DDNN_MODEL_MISSING, DDNN_MODEL_DAMAGED when there is no network that can be opened, run and cut.
 */
export async function prepare(
  options: TrainOptions,
  choice: BackboneChoice,
  { log }: TrainContext,
  onOutput: (output: OutputFolder) => void,
): Promise<Prepared> {
  const { labels: classLabels, files } = await listTrainingSets(options.trainingSets)
  const split = splitFiles(files, options.validationSplit, options.seed)
  const tf = loadTfjsNode(options.threads)
  await tf.ready()
  registerReluGradient(tf)
  const opened = await openChosen(choice)
  const { backbone, input } = opened
  const { recipe } = mergeRecipe(headRecipe, options)
  let places: readonly ExitPlace[] = []
  await refuseAll([
    () => checkImages(classLabels, split, options.batchSize),
    () => {
      places = placeExits(backbone, choice, classLabels, opened.labels)
      checkLossWeights(places.length, recipe)
    },
    () => refuseRecipe(options.recipe),
    () => refuseFineTune(backbone, choice),
    () => checkFree(options),
    () => checkCache(options.cache),
    async () => onOutput(await openOutput(options.output)),
  ])
  await tryFineTune(opened, { tf, choice, places, recipe, classes: classLabels.length })
  const chosen = { choice, input, places, recipe, labels: classLabels }
  const facts = await factsOfBackbone(chosen, options)
  const checkpoint = await takeCheckpoint(options)
  if (checkpoint !== undefined) checkFacts(facts, checkpoint.facts)
  tellInput(choice, opened, places, log)
  return { ...opened, tf, choice, classLabels, split, places, recipe, facts, checkpoint }
}

function tellInput(
  choice: BackboneChoice,
  { input }: OpenedBackbone,
  places: readonly ExitPlace[],
  log: TrainContext['log'],
): void {
  const { height, width, values, isTold } = input
  const exits = places.map(({ name, cut, isOwn }) => ({
    name,
    tensor: cut.name,
    shape: cut.shape.join('x'),
    ...(isOwn ? { classifier: 'its own' } : {}),
  }))
  const facts = { backbone: choice.path, height, width, ...values, exits }
  if (isTold) log.info(facts, 'exits are trained on a frozen network')
  else {
    log.warn(
      facts,
      'nobody said what the network takes pixels as, so values from 0 to 1 are taken; --backbone-pixels says it',
    )
  }
}
