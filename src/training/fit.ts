// The training loop: batches of augmented images -> one loss over all exits -> one optimizer step. The
// weights that are evaluated and kept are a moving average of the trained ones.
import type { Tensor2D, Variable } from '@tensorflow/tfjs-core'
import type { LayersModel, Tf } from '../model/networks/network.ts'
import type { Recipe } from '../model/networks/recipe.ts'
import { writeAugmented, writePlain } from './augment.ts'
import type { LabelledImage } from './data-set.ts'
import { drawMix, mixImages, mixLabels, type Mix } from './mix.ts'
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
      ? createAdamW(weights.parameters, { weightDecay: recipe.weightDecay })
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
        if (recipe.augmentation !== false) {
          writeAugmented(image, slot, recipe.augmentation, createRandom(seed, epoch, index))
        } else writePlain(image, slot)
      }
      const labels = batch.map((index) => (images[index] as LabelledImage).label)
      const progress = Math.max(done / (steps * epochs), elapsed() / maxMs)
      const mix =
        progress < recipe.mixUntil ? drawMix(recipe, createRandom(seed, epoch, step, 1)) : undefined
      const batchInput = { pixels, labels, mix }
      const { gradients, logits } = runStep(tf, model, weights.variables, batchInput, options)
      done++
      hooks.clock.step = done
      const rate = recipe.optimizer === 'adamw' ? warmupCosine(progress, recipe.warmup) : 1
      if (recipe.optimizer === 'adamw') clipGradients(gradients, recipe.maxGradientNorm)
      optimizer.apply(gradients, recipe.learningRate * rate)
      weights.push()
      weights.average(Math.min(recipe.averageDecay, done / (done + 10)))
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

interface BatchInput {
  /** `[batch, height, width, 3]`. */
  readonly pixels: Float32Array
  readonly labels: readonly number[]
  readonly mix: Mix | undefined
}

interface StepResult {
  /** In the order of the variables. */
  readonly gradients: Float32Array[]
  /** `[batch, classes]` of each exit, row-major. */
  readonly logits: Float32Array[]
}

/** One forward and backward pass; everything leaves as plain arrays. */
function runStep(
  tf: Tf,
  model: LayersModel,
  variables: readonly Variable[],
  { pixels, labels, mix }: BatchInput,
  { height, width, classes, recipe }: FitOptions,
): StepResult {
  const result: StepResult = { gradients: [], logits: [] }
  // Nothing is returned from tidy: it would look for tensors in every single number of the arrays, which
  // took half the time of a step.
  tf.tidy(() => {
    const x = mixImages(tf, tf.tensor4d(pixels, [labels.length, height, width, 3]), mix)
    const indices = tf.tensor1d([...labels], 'int32')
    const y = mixLabels(tf, tf.cast(tf.oneHot(indices, classes), 'float32') as Tensor2D, mix, {
      height,
      width,
    })
    const { grads } = tf.variableGrads(() => {
      const outputs = model.apply(x, { training: true }) as Tensor2D | Tensor2D[]
      const exits = Array.isArray(outputs) ? outputs : [outputs]
      for (const exit of exits) result.logits.push(exit.dataSync() as Float32Array)
      return exitLoss(tf, exits, y, recipe)
    }, [...variables])
    for (const { name } of variables) {
      result.gradients.push((grads[name] as Tensor2D).dataSync() as Float32Array)
    }
  })
  return result
}
