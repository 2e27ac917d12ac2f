// The second course of a backbone of layers: its layers and its exits are trained together, at a low rate. Layers act
// as in serving: batch normalisation keeps its statistics, which few images would spoil (Keras' guide to transfer
// learning), and nothing is dropped.
import type { ExitHead } from '../../../model/backbone/backbone.ts'
import type { BatchSource } from '../batches.ts'
import { runCourse, type Course, type EndedRun } from '../course.ts'
import type { TrainContext } from '../context.ts'
import type { PixelStore } from '../pixel-store.ts'
import { createImageSource } from '../training-source.ts'
import { toNetwork } from './input.ts'
import { openJointLayers } from './joint-layers.ts'
import type { BackboneCourse, Prepared, RunImages } from './prepare.ts'
import { fineTuneRate } from './recipe.ts'

interface LayersStart {
  /** What the exits begin with; their kinds alone count where a checkpoint has the numbers. */
  readonly heads: readonly (ExitHead | undefined)[]
  /** Epochs that the exits were trained for before. */
  readonly earlierEpochs: number
}

export async function trainLayers(
  prepared: Prepared,
  { heads, earlierEpochs }: LayersStart,
  { store, workers }: RunImages,
  common: BackboneCourse,
  context: TrainContext,
): Promise<EndedRun> {
  const { tf, backbone, places, input, choice, checkpoint } = prepared
  if (choice.fineTune === undefined) throw new Error('a course of layers that nobody asked for')
  const { learningRate, epochs } = choice.fineTune
  const recipe = { ...prepared.recipe, learningRate }
  const joint = await openJointLayers(tf, backbone, places, heads)
  const sourceOf = (images: PixelStore['training'], augmentation: BatchSource['augmentation']) =>
    createImageSource({ workers, images, size: input, augmentation }, (pixels, count) => ({
      values: toNetwork(pixels, count, input),
      shape: [count, ...input.shape],
    }))
  const { save, ...given } = common
  const facts = { rate: learningRate, epochs, weights: joint.model.countParams() }
  context.log.info(facts, 'the layers of the network are trained too')
  try {
    const course: Course = {
      ...given,
      recipe,
      model: joint.model,
      trained: joint.model,
      training: sourceOf(store.training, recipe.augmentation),
      validation: sourceOf(store.validation, false),
      epochs: earlierEpochs + epochs,
      totalEpochs: earlierEpochs + epochs,
      earlierEpochs,
      rates: {
        ...{ learningRate, ownLearningRate: fineTuneRate, flag: '--fine-tune-rate' },
        suspects: 'what the network takes pixels as (--backbone-pixels)',
      },
      isInference: true,
      beside: [],
      keeper: {
        isAtOnce: true,
        hold: () => undefined,
        write: (best) => save(best, joint.readHeads(), joint.writePiece),
      },
      facts: { ...common.facts, [exitEpochs]: earlierEpochs },
      from: isOfLayers(checkpoint) ? checkpoint?.snapshot : undefined,
    }
    return await runCourse(course, context)
  } finally {
    joint.dispose()
  }
}

/** In a checkpoint of this course: how many epochs the first one had. */
const exitEpochs = 'epochs of the exits alone'

/** Whether a checkpoint is of this course. */
export function isOfLayers(checkpoint: Prepared['checkpoint']): boolean {
  return checkpoint?.facts[exitEpochs] !== undefined
}

export function earlierEpochsOf(checkpoint: Prepared['checkpoint']): number {
  return Number(checkpoint?.facts[exitEpochs] ?? 0)
}
