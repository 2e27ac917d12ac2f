// The seam of the networks: a network is a chain of parts, each [features, exits...] of its input.
// Training fits the whole chain; each tier then runs its own submodel, which shares the same layers.
import type * as core from '@tensorflow/tfjs-core'
import type * as layersApi from '@tensorflow/tfjs-layers'

/** What a network is built with: tfjs-core and tfjs-layers of whichever runtime trains or loads it. */
export type Tf = typeof core & typeof layersApi
export type LayersModel = layersApi.LayersModel
export type SymbolicTensor = layersApi.SymbolicTensor

export interface NetworkOptions {
  /** Input of one sample: float32 `[height, width, 3]` in [0, 1], RGB. */
  readonly height: number
  readonly width: number
  readonly classes: number
  /** Of the initial weights: the same seed gives the same weights. */
  readonly seed: number
}

/** What a part makes of its input; `features` is null in the last part only. */
export interface PartOutputs {
  readonly features: SymbolicTensor | null
  /** Exit logits `[batch, classes]`, in order; most parts have one. */
  readonly exits: readonly SymbolicTensor[]
}

/** A piece of a network between two possible cuts. */
export interface Part {
  /** Folder of its submodel: 'edge'. */
  readonly name: string
  /** Applies the part's layers. Called more than once: the layers are made once, outside of it. */
  apply(input: SymbolicTensor): PartOutputs
}

/** How a network likes to be trained, where the flags say nothing. */
export interface Recipe {
  readonly optimizer: 'sgd' | 'adamw'
  readonly learningRate: number
  /** Weight of each exit's term in the loss, in the order of the exits. */
  readonly lossWeights: readonly number[]
  readonly labelSmoothing: number
  /** Share, 0 to 1, of each earlier exit's target that is the last exit's softmax. */
  readonly distillation: number
  readonly augmentation: boolean
  /** Alpha of mixup's beta distribution (Zhang et al. 2018); 0 mixes nothing. */
  readonly mixup: number
  /** The weights that are kept are a moving average with this decay a step; 0 keeps the last ones. */
  readonly averageDecay: number
}

/** A network before it is cut into submodels. */
export interface Network {
  readonly parts: readonly Part[]
  readonly recipe: Recipe
}

/** Builds a network; the export `createNetwork` of a `--model-module` has this type. */
export type CreateNetwork = (tf: Tf, options: NetworkOptions) => Network

export interface Submodel {
  readonly name: string
  /** Outputs `[features, exit logits...]`; the last submodel has exits only. */
  readonly model: LayersModel
  /** Of one sample; null for the last. */
  readonly features: readonly number[] | null
  readonly exitCount: number
}

/** One trained family: the whole model and its submodels hold the same layers and weights. */
export interface Family {
  /** All exits, in order. */
  readonly whole: LayersModel
  readonly submodels: readonly Submodel[]
  /** Frees the weights: they are free when all models that share them are. */
  dispose(): void
}

/** Parts joined into one: its exits are those of all, its features those of the last. */
export function joinParts(name: string, parts: readonly Part[]): Part {
  return {
    name,
    apply(input) {
      const exits: SymbolicTensor[] = []
      let features: SymbolicTensor | null = input
      for (const part of parts) {
        if (features === null) throw new Error(`Expected '${part.name}' to follow features`)
        const outputs: PartOutputs = part.apply(features)
        exits.push(...outputs.exits)
        features = outputs.features
      }
      return { features, exits }
    },
  }
}

/**
 * The whole model of a chain of parts and the submodel of each; all share layers and weights.
 * @throws Error when the input is too small for a part.
 */
export function assemble(
  tf: Tf,
  input: { readonly height: number; readonly width: number },
  parts: readonly Part[],
): Family {
  const image = [input.height, input.width, 3]
  const wholeInput = tf.input({ shape: image, name: 'image' })
  const { exits } = joinParts('model', parts).apply(wholeInput)
  const whole = tf.model({ inputs: wholeInput, outputs: [...exits], name: 'model' })

  const submodels: Submodel[] = []
  let shape: readonly number[] = image
  for (const part of parts) {
    const partInput = tf.input({ shape: [...shape], name: `${part.name}_input` })
    const { features, exits } = part.apply(partInput)
    const outputs = features === null ? [...exits] : [features, ...exits]
    const model = tf.model({ inputs: partInput, outputs, name: part.name })
    const featureShape = features === null ? null : (features.shape.slice(1) as number[])
    if (featureShape?.some((axis) => axis < 1) === true) {
      throw new Error(
        `Expected '${part.name}' to give features, got shape ${featureShape.join('x')}`,
      )
    }
    submodels.push({ name: part.name, model, features: featureShape, exitCount: exits.length })
    shape = featureShape ?? []
  }
  const models = [whole, ...submodels.map(({ model }) => model)]
  return {
    whole,
    submodels,
    dispose() {
      for (const model of models) model.dispose()
    },
  }
}
