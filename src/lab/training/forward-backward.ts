// One forward and backward pass of the training model; everything leaves as plain arrays.
import type { Tensor2D, Variable } from '@tensorflow/tfjs-core'
import type { ImageSize, LayersModel, Tf } from '../../model/networks/network.ts'
import type { Recipe } from '../../model/networks/recipe.ts'
import { mixImages, mixLabels, type Mix } from './mix.ts'
import { exitLoss } from './objective.ts'

interface LabelledBatch {
  /** `[labels, height, width, 3]`. */
  readonly pixels: Float32Array
  readonly labels: readonly number[]
  readonly size: ImageSize
  readonly classes: number
  readonly mix: Mix | undefined
}

interface StepResult {
  /** Over all exits; NaN or infinite where the step must not reach the weights. */
  readonly loss: number
  /** In the order of the variables. */
  readonly gradients: Float32Array[]
  /** `[batch, classes]` of each exit, row-major. */
  readonly logits: Float32Array[]
}

export function runStep(
  tf: Tf,
  model: LayersModel,
  variables: readonly Variable[],
  { pixels, labels, size, classes, mix }: LabelledBatch,
  recipe: Recipe,
): StepResult {
  const result: { loss: number } & StepResult = { loss: NaN, gradients: [], logits: [] }
  // Nothing is returned from tidy: it would look for tensors in every single number of the arrays, which
  // took half the time of a step.
  tf.tidy(() => {
    const x = mixImages(tf, tf.tensor4d(pixels, [labels.length, size.height, size.width, 3]), mix)
    const indices = tf.tensor1d([...labels], 'int32')
    const targets = tf.cast(tf.oneHot(indices, classes), 'float32') as Tensor2D
    const y = mixLabels(tf, targets, mix, size)
    const { value, grads } = tf.variableGrads(() => {
      const outputs = model.apply(x, { training: true }) as Tensor2D | Tensor2D[]
      const exits = Array.isArray(outputs) ? outputs : [outputs]
      for (const exit of exits) result.logits.push(exit.dataSync() as Float32Array)
      return exitLoss(tf, exits, y, recipe)
    }, [...variables])
    result.loss = value.dataSync()[0] ?? NaN
    for (const { name } of variables) {
      result.gradients.push((grads[name] as Tensor2D).dataSync() as Float32Array)
    }
  })
  return result
}
