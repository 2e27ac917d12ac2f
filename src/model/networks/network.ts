// The seam of the networks: a network is a chain of parts, each [features, exits...] of its input.
// Training fits the whole chain; each tier then runs its own submodel, which shares the same layers.
import type * as core from '@tensorflow/tfjs-core'
import type * as layersApi from '@tensorflow/tfjs-layers'
import type { RecipeInput } from './recipe.ts'

/** What a network is built with: tfjs-core and tfjs-layers of whichever runtime trains or loads it. */
export type Tf = typeof core & typeof layersApi
export type LayersModel = layersApi.LayersModel
export type SymbolicTensor = layersApi.SymbolicTensor

export interface ImageSize {
  readonly height: number
  readonly width: number
}

interface NetworkOptions {
  /** Input of one sample: float32 `[height, width, 3]` in [0, 1], RGB. */
  readonly height: number
  readonly width: number
  readonly classes: number
  /** Of the initial weights: the same seed gives the same weights. */
  readonly seed: number
}

/** What a part makes of its input; `features` is null in the last part only. */
interface PartOutputs {
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

/** Folder of the whole model, where a network does not name it. */
export const defaultWholeName = 'model'

/** A network before it is cut into submodels. */
export interface Network {
  readonly parts: readonly Part[]
  /** Folder of the whole model, and the name of its history: 'model' where it is left out. */
  readonly whole?: string
  /**
   * A convolution of the image, without bias, that is not trained but whitens patches of the training images
   * (lab/training/whiten.ts); none where it is left out.
   */
  readonly whitening?: string
  /** How it likes to be trained, where neither flags nor a recipe file say it. */
  readonly recipe: RecipeInput
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
  /** Folder of the whole model. */
  readonly wholeName: string
  /** All exits, in order. */
  readonly whole: LayersModel
  /** The same layers for images of the training size, with what stands between parts in training alone; else `whole`. */
  readonly trained: LayersModel
  readonly submodels: readonly Submodel[]
  /** Frees the weights: they are free when all models that share them are. */
  dispose(): void
}

/** Between two parts, of features for the part of this name. */
type Link = (features: SymbolicTensor, to: string) => SymbolicTensor

const asTheyAre: Link = (features) => features

/**
 * Parts joined into one: its exits are those of all, its features those of the last.
 * @param link what features come through on their way to the next part
 */
export function joinParts(name: string, parts: readonly Part[], link: Link = asTheyAre): Part {
  return {
    name,
    apply(input) {
      const exits: SymbolicTensor[] = []
      let features: SymbolicTensor | null = input
      for (const [i, part] of parts.entries()) {
        if (features === null) throw new Error(`Expected '${part.name}' to follow features`)
        const outputs: PartOutputs = part.apply(i === 0 ? features : link(features, part.name))
        exits.push(...outputs.exits)
        features = outputs.features
      }
      return { features, exits }
    },
  }
}

/** What is trained, where that is not what is served. */
interface TrainingForm extends ImageSize {
  /** A layer that the served models have not. */
  readonly link?: Link | undefined
}

/**
 * The whole model of a chain of parts and the submodel of each; all share layers and weights. A training size
 * of its own needs parts that take any size, as convolutions and global pooling do.
 * @throws Error when the input is too small for a part.
 */
export function assemble(
  tf: Tf,
  input: ImageSize,
  parts: readonly Part[],
  training: TrainingForm = input,
  wholeName = defaultWholeName,
): Family {
  const image = [input.height, input.width, 3]
  const join = ({ height, width, link }: TrainingForm) => {
    const wholeInput = tf.input({ shape: [height, width, 3], name: 'image' })
    const { exits } = joinParts(wholeName, parts, link).apply(wholeInput)
    const model = tf.model({ inputs: wholeInput, outputs: [...exits], name: wholeName })
    assertSizes(model)
    return model
  }
  const whole = join(input)
  const isSameSize = training.height === input.height && training.width === input.width
  const trained = isSameSize && training.link === undefined ? whole : join(training)

  const submodels: Submodel[] = []
  let shape: readonly number[] = image
  for (const part of parts) {
    const partInput = tf.input({ shape: [...shape], name: `${part.name}_input` })
    const { features, exits } = part.apply(partInput)
    const outputs = features === null ? [...exits] : [features, ...exits]
    const model = tf.model({ inputs: partInput, outputs, name: part.name })
    const featureShape = features === null ? null : (features.shape.slice(1) as number[])
    submodels.push({ name: part.name, model, features: featureShape, exitCount: exits.length })
    shape = featureShape ?? []
  }
  const models = [...new Set([whole, trained]), ...submodels.map(({ model }) => model)]
  return {
    wholeName,
    whole,
    trained,
    submodels,
    dispose() {
      for (const model of models) model.dispose()
    },
  }
}

/** tfjs lets an image shrink to nothing, and below, without a word. */
function assertSizes(model: LayersModel): void {
  for (const layer of model.layers) {
    for (const { outputShapes } of layer.inboundNodes) {
      for (const shape of outputShapes as (readonly (number | null)[])[]) {
        if (!shape.some((axis) => axis !== null && axis < 1)) continue
        throw new Error(
          `Expected layer '${layer.name}' to give something, got ${shape.slice(1).join('x')}`,
        )
      }
    }
  }
}
