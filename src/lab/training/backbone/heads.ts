// The exits of a frozen backbone: a model of small layers over its pooled features, each learned beside the others.
import type { Dense, ExitHead } from '../../../model/backbone/backbone.ts'
import type { LayersModel, SymbolicTensor, Tf } from '../../../model/networks/network.ts'
import type { HeadKind } from './choice.ts'
import type { ExitPlace } from './places.ts'
import { channelsOf } from './pooled-features.ts'
import { foldMoments, type Moments } from './standardise.ts'

/** Of the layer between, where there is one. */
const hiddenUnits = 128

/** Of an exit that is learned; of the network's own classifier undefined. */
export interface HeadPlan {
  readonly channels: number
  /** What its inputs are standardised by. */
  readonly moments: Moments
}

export interface Heads {
  /** From the inputs of each exit, `[batch, channels]`, or `[batch, classes]` of the own classifier, to its logits. */
  readonly model: LayersModel
  /** Numbers of the heads that were last held. */
  readonly held: readonly Float32Array[]
  /** Copies what is in the model. */
  hold(): void
  /** What is held, over features that are not standardised; undefined where the own classifier answers. */
  read(): (ExitHead | undefined)[]
  dispose(): void
}

type Layer = LayersModel['layers'][number]

interface Head {
  readonly plan: HeadPlan
  readonly hidden: Layer | undefined
  readonly logits: Layer
}

export function createHeads(
  tf: Tf,
  plans: readonly (HeadPlan | undefined)[],
  kind: HeadKind,
  { classes, seed }: { readonly classes: number; readonly seed: number },
): Heads {
  const drawn = (layerSeed: number) => tf.initializers.heNormal({ seed: layerSeed })
  const heads = plans.map((plan, i): Head | undefined => {
    if (plan === undefined) return undefined
    const isHidden = kind === 'hidden'
    const logits = tf.layers.dense({
      units: classes,
      kernelInitializer: isHidden ? drawn(seed + 2 * i + 1) : 'zeros',
    })
    if (!isHidden) return { plan, hidden: undefined, logits }
    const kernelInitializer = drawn(seed + 2 * i)
    const hidden = tf.layers.dense({ units: hiddenUnits, activation: 'relu', kernelInitializer })
    return { plan, hidden, logits }
  })
  const inputs = plans.map((plan) => tf.input({ shape: [plan?.channels ?? classes] }))
  const outputs = heads.map((head, i) => {
    const x = inputs[i] as SymbolicTensor
    const { hidden, logits } = head ?? {}
    // An own classifier's logits go through as they are.
    const last = logits ?? tf.layers.activation({ activation: 'linear' })
    return last.apply(hidden === undefined ? x : hidden.apply(x)) as SymbolicTensor
  })
  const model = tf.model({ inputs, outputs })
  const layers = heads.flatMap((head) =>
    head === undefined ? [] : [head.hidden, head.logits].filter((layer) => layer !== undefined),
  )
  const sizes = layers.flatMap((layer) => layer.getWeights().map(({ size }) => size))
  const held = sizes.map((size) => new Float32Array(size))
  return {
    model,
    held,
    hold() {
      const all = layers.flatMap((layer) => layer.getWeights())
      for (const [i, weight] of all.entries()) held[i]?.set(weight.dataSync())
    },
    read() {
      let at = 0
      const next = (): Dense => ({
        kernel: Float32Array.from(held[at++] as Float32Array),
        bias: Float32Array.from(held[at++] as Float32Array),
      })
      return heads.map((head) => {
        if (head === undefined) return undefined
        const { moments } = head.plan
        if (head.hidden === undefined) {
          return { hidden: undefined, logits: foldMoments(next(), moments) }
        }
        return { hidden: foldMoments(next(), moments), logits: next() }
      })
    },
    dispose: () => void model.dispose(),
  }
}

/** Of the kind that `createHeads` makes, without numbers; none where the own classifier answers. */
export function blankHeads(
  places: readonly ExitPlace[],
  kind: HeadKind,
  classes: number,
): readonly (ExitHead | undefined)[] {
  const blank = (inputs: number, outputs: number): Dense => ({
    kernel: new Float32Array(inputs * outputs),
    bias: new Float32Array(outputs),
  })
  return places.map(({ cut, isOwn }) => {
    if (isOwn) return undefined
    const channels = channelsOf(cut)
    if (kind === 'dense') return { hidden: undefined, logits: blank(channels, classes) }
    return { hidden: blank(channels, hiddenUnits), logits: blank(hiddenUnits, classes) }
  })
}
