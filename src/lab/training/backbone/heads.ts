// The exits of a frozen backbone: small layers over its pooled features, each learned beside the others.
import type { Tensor, Tensor2D, Variable } from '@tensorflow/tfjs-core'
import type { Dense, ExitHead } from '../../../model/backbone/backbone.ts'
import type { Tf } from '../../../model/networks/network.ts'
import type { Recipe } from '../../../model/networks/recipe.ts'
import { assertStepFinite, assertWeightsFinite, type StepPlace } from '../divergence.ts'
import { exitLoss } from '../objective.ts'
import { clipGradients, createAdamW } from '../optimizer.ts'
import type { HeadKind } from './choice.ts'
import { headLearningRate } from './recipe.ts'
import { foldMoments, type Moments } from './standardise.ts'

/** Of the layer between, where there is one. */
const hiddenUnits = 128

interface HeadPlan {
  readonly channels: number
  /** What its inputs were standardised by. */
  readonly moments: Moments
}

export interface Heads {
  /**
   * One step. `inputs` are standardised features `[batch, channels]` of each head; logits as they were before it,
   * `[batch, classes]` each.
   * @throws {DivergedError} before an update of numbers that are none.
   */
  step(inputs: readonly Float32Array[], labels: readonly number[], place: StepPlace): Float32Array[]
  /** Logits of each head, `[images, classes]`. */
  predict(inputs: readonly Float32Array[]): Float32Array[]
  /** As they are now, over features that are not standardised. */
  read(): ExitHead[]
  /** Copies of all numbers, and back. */
  save(): readonly Float32Array[]
  restore(saved: readonly Float32Array[]): void
  dispose(): void
}

interface Layer {
  readonly kernel: Variable
  readonly bias: Variable
}

interface Head extends HeadPlan {
  readonly hidden: Layer | undefined
  readonly logits: Layer
}

export function createHeads(
  tf: Tf,
  plans: readonly HeadPlan[],
  kind: HeadKind,
  { classes, seed, recipe }: { classes: number; seed: number; recipe: Recipe },
): Heads {
  const variable = (create: () => Tensor): Variable => {
    const value = tf.tidy(create)
    const made = tf.variable(value)
    value.dispose()
    return made
  }
  const drawn = (inputs: number, outputs: number, layerSeed: number): Layer => ({
    kernel: variable(() => tf.initializers.heNormal({ seed: layerSeed }).apply([inputs, outputs])),
    bias: variable(() => tf.zeros([outputs])),
  })
  const zeros = (inputs: number, outputs: number): Layer => ({
    kernel: variable(() => tf.zeros([inputs, outputs])),
    bias: variable(() => tf.zeros([outputs])),
  })
  const heads = plans.map((plan, i): Head => {
    const { channels } = plan
    if (kind === 'dense') return { ...plan, hidden: undefined, logits: zeros(channels, classes) }
    const hidden = drawn(channels, hiddenUnits, seed + 2 * i)
    return { ...plan, hidden, logits: drawn(hiddenUnits, classes, seed + 2 * i + 1) }
  })
  const variables = heads.flatMap(({ hidden, logits }) =>
    [hidden, logits].flatMap((one) => (one === undefined ? [] : [one.kernel, one.bias])),
  )
  const parameters = variables.map((variable) => ({
    values: Float32Array.from(variable.dataSync()),
    decays: variable.rank > 1,
  }))
  const optimizer = createAdamW(parameters, { weightDecay: recipe.weightDecay })
  const { learningRate } = recipe
  const rates = { learningRate, ownLearningRate: headLearningRate }
  let steps = 0

  const push = () => {
    for (const [i, variable] of variables.entries()) {
      const { values } = parameters[i] as (typeof parameters)[number]
      // A copy, since tfjs uploads an array only when the tensor is first used.
      tf.tidy(() => variable.assign(tf.tensor(values.slice(), variable.shape)))
    }
  }
  const dense = (x: Tensor2D, { kernel, bias }: Layer): Tensor2D =>
    tf.add(tf.matMul(x, kernel as unknown as Tensor2D), bias)
  const apply = ({ hidden, logits, channels }: Head, values: Float32Array): Tensor2D => {
    const x = tf.tensor2d(values, [values.length / channels, channels])
    return dense(hidden === undefined ? x : tf.relu(dense(x, hidden)), logits)
  }

  return {
    step(inputs, labels, place) {
      const given: Float32Array[] = []
      const gradients: Float32Array[] = []
      tf.tidy(() => {
        const targets = tf.cast(
          tf.oneHot(tf.tensor1d([...labels], 'int32'), classes),
          'float32',
        ) as Tensor2D
        const { grads } = tf.variableGrads(() => {
          const exits = heads.map((head, i) => apply(head, inputs[i] as Float32Array))
          for (const exit of exits) given.push(exit.dataSync() as Float32Array)
          return exitLoss(tf, exits, targets, recipe)
        }, variables)
        for (const { name } of variables) {
          gradients.push((grads[name] as Tensor2D).dataSync() as Float32Array)
        }
      })
      const norm = clipGradients(gradients, recipe.maxGradientNorm)
      assertStepFinite(0, norm, place, rates)
      optimizer.apply(gradients, place.learningRate, ++steps)
      assertWeightsFinite(parameters, place, rates)
      push()
      return given
    },
    predict(inputs) {
      const given: Float32Array[] = []
      tf.tidy(() => {
        for (const [i, head] of heads.entries()) {
          given.push(apply(head, inputs[i] as Float32Array).dataSync() as Float32Array)
        }
      })
      return given
    },
    read: () => heads.map(readHead),
    save: () => parameters.map(({ values }) => values.slice()),
    restore(saved) {
      for (const [i, { values }] of parameters.entries()) values.set(saved[i] as Float32Array)
      push()
    },
    dispose: () => tf.dispose(variables),
  }
}

function readHead({ hidden, logits, moments }: Head): ExitHead {
  if (hidden === undefined) {
    return { hidden: undefined, logits: foldMoments(readLayer(logits), moments) }
  }
  return { hidden: foldMoments(readLayer(hidden), moments), logits: readLayer(logits) }
}

function readLayer({ kernel, bias }: Layer): Dense {
  return {
    kernel: Float32Array.from(kernel.dataSync()),
    bias: Float32Array.from(bias.dataSync()),
  }
}
