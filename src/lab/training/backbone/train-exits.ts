// The first course of a backbone: its exits are trained on features of the network as it is.
import type { ExitHead } from '../../../model/backbone/backbone.ts'
import type { Course, EndedRun } from '../course.ts'
import { runCourse } from '../course.ts'
import type { TrainContext } from '../context.ts'
import type { CollectedSets } from './collect-sets.ts'
import { createFeatureSource, createViewSource, type FeatureSet } from './feature-source.ts'
import { createHeads, type HeadPlan, type Heads } from './heads.ts'
import { withPooling } from './open-pooling.ts'
import { ownLogits } from './own-logits.ts'
import type { BackboneCourse, Prepared, RunImages } from './prepare.ts'
import { channelsOf, type PooledFeatures } from './pooled-features.ts'
import { headLearningRate } from './recipe.ts'
import { momentsOf, standardise } from './standardise.ts'

interface EndedExits extends EndedRun {
  /** Of the best epoch, which is on disk. */
  readonly heads: readonly (ExitHead | undefined)[]
}

/** Standardises the features in place. */
export async function trainExits(
  prepared: Prepared,
  { training, validation }: CollectedSets,
  { store, workers }: RunImages,
  common: BackboneCourse,
  context: TrainContext,
): Promise<EndedExits> {
  const { tf, classLabels, places, recipe, choice } = prepared
  const classes = classLabels.length
  const plans = places.map(({ cut, isOwn }, i): HeadPlan | undefined => {
    const channels = channelsOf(cut)
    const features = training.inputs[i] as Float32Array
    return isOwn ? undefined : { channels, moments: momentsOf(features, channels) }
  })
  const toInputs = (features: PooledFeatures) =>
    features.map((values, i) => {
      const plan = plans[i]
      const units = channelsOf((places[i] as (typeof places)[number]).cut)
      if (plan === undefined) return ownLogits(values, units, prepared.backbone.gives)
      standardise(values, plan.moments)
      return values
    })
  const widths = plans.map((plan) => plan?.channels ?? classes)
  const sourceOf = (set: FeatureSet) =>
    createFeatureSource({ ...set, inputs: toInputs(set.inputs) }, widths)
  const heads = createHeads(tf, plans, choice.head, { classes, seed: common.options.seed })
  const course = courseOf(prepared, heads, common)
  const run = (source: Course['training']) =>
    runCourse({ ...course, validation: sourceOf(validation), training: source }, context)
  try {
    const { augmentation } = recipe
    if (augmentation === false) return { ...(await run(sourceOf(training))), heads: heads.read() }
    const images = training.labels.length
    const { epochs } = common.options
    const cost = 'images are augmented, so the network runs over them anew at each epoch'
    context.log.info({ images, epochs }, cost)
    const source = { workers, images: store.training, size: prepared.input, augmentation }
    const ended = await withPooling(prepared, places, (pooling) =>
      run(createViewSource(source, pooling, toInputs)),
    )
    return { ...ended, heads: heads.read() }
  } finally {
    heads.dispose()
  }
}

/** Pieces are as large as the network, so they are written once, at the end; checkpoints hold the best heads. */
function courseOf(
  { recipe, checkpoint, choice }: Prepared,
  heads: Heads,
  common: BackboneCourse,
): Omit<Course, 'training' | 'validation'> {
  const { epochs } = common.options
  const { save, ...given } = common
  return {
    ...given,
    recipe,
    model: heads.model,
    trained: heads.model,
    epochs,
    totalEpochs: epochs + (choice.fineTune?.epochs ?? 0),
    earlierEpochs: 0,
    rates: {
      learningRate: recipe.learningRate,
      ownLearningRate: headLearningRate,
      suspects: 'what the network takes pixels as (--backbone-pixels)',
    },
    isInference: false,
    beside: heads.held,
    keeper: {
      isAtOnce: false,
      hold: () => heads.hold(),
      write: (best) => save(best, heads.read()),
    },
    from: checkpoint?.snapshot,
  }
}
