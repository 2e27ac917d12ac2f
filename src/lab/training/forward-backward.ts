// One forward and backward pass of the training model; everything leaves as plain arrays.
import type { Tensor, Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs-core'
import type { LayersModel, Tf } from '../../model/networks/network.ts'
import type { Recipe } from '../../model/networks/recipe.ts'
import { mixImages, mixLabels, type Mix } from './mix.ts'
import { exitLoss } from './objective.ts'
import type { InputBatch } from './training-source.ts'

interface LabelledBatch extends Pick<InputBatch, 'inputs'> {
  readonly labels: readonly number[]
  readonly classes: number
  /** Of images only. */
  readonly mix: Mix | undefined
  /** Whether layers act as in serving: no dropout, and normalisation by the statistics that it has. */
  readonly isInference: boolean
}

interface StepResult {
  /** Over all exits; NaN or infinite where the step must not reach the weights. */
  readonly loss: number
  /** In the order of the variables; undefined of one that the loss does not depend on. */
  readonly gradients: (Float32Array | undefined)[]
  /** `[batch, classes]` of each exit, row-major. */
  readonly logits: Float32Array[]
}

export function runStep(
  tf: Tf,
  model: LayersModel,
  variables: readonly Variable[],
  { inputs, labels, classes, mix, isInference }: LabelledBatch,
  recipe: Pick<Recipe, 'lossWeights' | 'labelSmoothing' | 'distillation'>,
): StepResult {
  const result: { loss: number } & StepResult = { loss: NaN, gradients: [], logits: [] }
  // Nothing is returned from tidy: it would look for tensors in every single number of the arrays, which
  // took half the time of a step.
  tf.tidy(() => {
    const given = inputs.map(({ values, shape }) => tf.tensor(values, [...shape]))
    const xs = mix === undefined ? given : given.map((x) => mixImages(tf, x as Tensor4D, mix))
    const [, height = 1, width = 1] = inputs[0]?.shape ?? []
    const indices = tf.tensor1d([...labels], 'int32')
    const targets = tf.cast(tf.oneHot(indices, classes), 'float32') as Tensor2D
    const y = mixLabels(tf, targets, mix, { height, width })
    const lossOf = () => {
      const outputs = model.apply(xs, { training: !isInference }) as Tensor2D | Tensor2D[]
      const exits = Array.isArray(outputs) ? outputs : [outputs]
      for (const exit of exits) result.logits.push(exit.dataSync() as Float32Array)
      return exitLoss(tf, exits, y, recipe)
    }
    // Nothing is learned where a network's own classifier is the only exit.
    if (variables.length === 0) {
      result.loss = lossOf().dataSync()[0] ?? NaN
      return
    }
    // Not tf.variableGrads, which takes it for a mistake where the loss depends on none of them: a phase may train an exit
    // whose layers are all frozen.
    const { value, grads } = tf.engine().gradients(lossOf, [...variables], undefined, true)
    result.loss = value.dataSync()[0] ?? NaN
    for (const gradient of grads as (Tensor | undefined)[]) {
      result.gradients.push(gradient?.dataSync() as Float32Array | undefined)
    }
  })
  return result
}
