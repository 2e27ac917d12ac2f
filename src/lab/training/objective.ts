// The loss over all exits, and the numbers that the history keeps of each.
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core'
import { argmax, softmax } from '../../domain/confidence.ts'
import type { Tf } from '../../model/networks/network.ts'
import type { Recipe } from '../../model/networks/recipe.ts'

/**
 * Sum over the exits of weight x cross-entropy. An exit before the last learns from the label and, by the share
 * `distillation`, from the last exit's softmax, through which no gradient flows (self-distillation,
 * Zhang et al. 2019). An exit of weight 0 has no term, so that what leads to it alone gets no gradient. Logits and
 * one-hot targets are `[batch, classes]`.
 */
export function exitLoss(
  tf: Tf,
  logits: readonly Tensor2D[],
  targets: Tensor2D,
  recipe: Pick<Recipe, 'lossWeights' | 'labelSmoothing' | 'distillation'>,
): Scalar {
  const { lossWeights, labelSmoothing, distillation } = recipe
  const classes = targets.shape[1]
  const smooth = tf.add(tf.mul(targets, 1 - labelSmoothing), labelSmoothing / classes)
  const last = logits.at(-1) as Tensor2D
  // The values are read back so that the tape does not see where they come from.
  const teacher = distillation === 0 ? smooth : tf.tensor2d(tf.softmax(last).dataSync(), last.shape)
  const soft = tf.add(tf.mul(smooth, 1 - distillation), tf.mul(teacher, distillation))
  const terms = logits.flatMap((exit, i) => {
    const weight = lossWeights[i] ?? 1
    if (weight === 0) return []
    const target = i === logits.length - 1 ? smooth : soft
    const entropy = tf.neg(tf.sum(tf.mul(target, tf.logSoftmax(exit))))
    return [tf.mul<Scalar>(entropy, weight / targets.shape[0])]
  })
  return terms.length === 0 ? tf.scalar(0) : tf.addN(terms)
}

/** Sums over samples, as a checkpoint holds them. */
export interface MeterSums {
  readonly losses: readonly number[]
  readonly hits: readonly number[]
  readonly samples: number
}

/** Running cross-entropy with the label alone, and accuracy, of each exit. */
export class ExitMeter {
  private readonly losses: number[]
  private readonly hits: number[]
  private samples: number

  /** Goes on from `sums` where given. */
  constructor(exits: number, sums?: MeterSums) {
    this.losses = [...(sums?.losses ?? new Array<number>(exits).fill(0))]
    this.hits = [...(sums?.hits ?? new Array<number>(exits).fill(0))]
    this.samples = sums?.samples ?? 0
  }

  get sums(): MeterSums {
    return { losses: [...this.losses], hits: [...this.hits], samples: this.samples }
  }

  get count(): number {
    return this.samples
  }

  /** Adds one sample: its logits at each exit. */
  add(logits: readonly ArrayLike<number>[], label: number): void {
    this.samples++
    for (const [i, values] of logits.entries()) {
      const probability = softmax(values)[label] as number
      this.losses[i] = (this.losses[i] as number) - Math.log(Math.max(probability, 1e-12))
      if (argmax(values) === label) this.hits[i] = (this.hits[i] as number) + 1
    }
  }

  /** Means over the samples added; NaN before the first. */
  read(): ExitMeans {
    return {
      loss: this.losses.map((sum) => sum / this.samples),
      accuracy: this.hits.map((sum) => sum / this.samples),
    }
  }
}

/** Of each exit, in order. */
export interface ExitMeans {
  readonly loss: readonly number[]
  readonly accuracy: readonly number[]
}
