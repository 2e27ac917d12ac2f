// The training loop: batches of augmented images -> one loss over all exits -> one optimizer step. The
// weights that are evaluated and kept are a moving average of the trained ones.
import type { Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs-core'
import type { LayersModel, Recipe, Tf } from '../model/networks/network.ts'
import { writeAugmented, writePlain } from './augment.ts'
import type { LabelledImage } from './data-set.ts'
import type { StepClock } from './native-layers.ts'
import { exitLoss, ExitMeter, type ExitMeans } from './objective.ts'
import { clipGradients, createAdamW, createSgd } from './optimizer.ts'
import { createRandom, shuffled } from './random.ts'
import { warmupCosine } from './schedule.ts'
import { createWeights } from './weights.ts'

export interface FitOptions {
  readonly height: number
  readonly width: number
  readonly classes: number
  readonly batchSize: number
  readonly epochs: number
  readonly seed: number
  readonly recipe: Recipe
  readonly maxMs: number
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
  /** Estimate of the time left, milliseconds. */
  readonly etaMs: number
  /** Of the epoch so far, of each exit, on training images as augmented. */
  readonly training: ExitMeans
}

export interface FitHooks {
  /** The step that dropout draws its masks for. */
  readonly clock: StepClock
  readonly onProgress: (progress: TrainProgress) => void
  /** Called with the averaged weights in the model, after each epoch, also one that was cut short. */
  readonly onEpoch: (epoch: number, training: ExitMeans) => Promise<void>
  readonly signal: AbortSignal | undefined
}

const averageDecay = 0.995
const weightDecay = 0.05
const maxGradientNorm = 1

/** Trains until the epochs or the time are over, or the signal aborts; the caller saves in `onEpoch`. */
export async function fit(
  tf: Tf,
  model: LayersModel,
  images: readonly LabelledImage[],
  options: FitOptions,
  hooks: FitHooks,
): Promise<void> {
  const { batchSize, epochs, height, width, classes, recipe, seed, maxMs } = options
  const weights = createWeights(tf, model)
  const optimizer =
    recipe.optimizer === 'adamw'
      ? createAdamW(weights.parameters, { weightDecay })
      : createSgd(weights.parameters, 0.9)
  const steps = Math.floor(images.length / batchSize)
  const pixels = new Float32Array(batchSize * height * width * 3)
  const startedAt = performance.now()
  const elapsed = () => performance.now() - startedAt
  const isOver = () => hooks.signal?.aborted === true || elapsed() >= maxMs
  let done = 0

  for (let epoch = 1; epoch <= epochs && !isOver(); epoch++) {
    const meter = new ExitMeter(model.outputs.length)
    const order = shuffled([...images.keys()], createRandom(seed, epoch))
    for (let step = 1; step <= steps && !isOver(); step++) {
      const batch = order.slice((step - 1) * batchSize, step * batchSize)
      for (const [at, index] of batch.entries()) {
        const image = images[index] as LabelledImage
        const slot = { data: pixels, offset: at * height * width * 3, height, width }
        if (recipe.augmentation) writeAugmented(image, slot, createRandom(seed, epoch, index))
        else writePlain(image, slot)
      }
      const labels = batch.map((index) => (images[index] as LabelledImage).label)
      const { gradients, logits } = tf.tidy(() => {
        const x = tf.tensor4d(pixels, [batchSize, height, width, 3])
        const y = tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), classes), 'float32') as Tensor2D
        return stepGradients(tf, model, weights.variables, x, y, recipe)
      })
      done++
      hooks.clock.step = done
      const progress = Math.max(done / (steps * epochs), elapsed() / maxMs)
      const share = recipe.optimizer === 'adamw' ? warmupCosine(progress) : 1
      if (recipe.optimizer === 'adamw') clipGradients(gradients, maxGradientNorm)
      optimizer.apply(gradients, recipe.learningRate * share)
      weights.push()
      weights.average(Math.min(averageDecay, done / (done + 10)))
      for (const [at, label] of labels.entries()) {
        const own = logits.map((values) => values.subarray(at * classes, (at + 1) * classes))
        meter.add(own, label)
      }
      const msLeft = (elapsed() / done) * (steps * epochs - done)
      hooks.onProgress({
        epoch,
        epochs,
        step,
        steps,
        elapsedMs: elapsed(),
        etaMs: Math.max(0, Math.min(msLeft, maxMs - elapsed())),
        training: meter.read(),
      })
      // Lets signals and timers through between two steps.
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
    if (meter.count > 0) await weights.withAverage(() => hooks.onEpoch(epoch, meter.read()))
  }
}

/** One forward and backward pass; everything leaves as plain arrays. */
function stepGradients(
  tf: Tf,
  model: LayersModel,
  variables: readonly Variable[],
  x: Tensor4D,
  y: Tensor2D,
  recipe: Recipe,
): { gradients: Float32Array[]; logits: Float32Array[] } {
  let logits: Float32Array[] = []
  const { grads } = tf.variableGrads(() => {
    const outputs = model.apply(x, { training: true }) as Tensor2D | Tensor2D[]
    const exits = Array.isArray(outputs) ? outputs : [outputs]
    logits = exits.map((exit) => exit.dataSync() as Float32Array)
    return exitLoss(tf, exits, y, recipe)
  }, [...variables])
  const gradients = variables.map(
    (variable) => (grads[variable.name] as Tensor2D).dataSync() as Float32Array,
  )
  return { gradients, logits }
}
