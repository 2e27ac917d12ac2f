// Types of a --model-module, for TypeScript and for `@type` comments in JavaScript: copy this file beside your
// module. It needs the packages @tensorflow/tfjs-core and @tensorflow/tfjs-layers, as types alone.
import type * as core from '@tensorflow/tfjs-core'
import type * as layersApi from '@tensorflow/tfjs-layers'

/** tfjs-core and tfjs-layers of the runtime that trains. */
export type Tf = typeof core & typeof layersApi
export type SymbolicTensor = layersApi.SymbolicTensor

export interface NetworkOptions {
  /** Input of one sample: float32 `[height, width, 3]` in [0, 1], RGB. */
  readonly height: number
  readonly width: number
  readonly classes: number
  /** Give it to your initializers: the same seed should give the same first weights. */
  readonly seed: number
}

export interface PartOutputs {
  /** What travels to the next part; null in the last part, and only there. */
  readonly features: SymbolicTensor | null
  /** Logits `[batch, classes]` of one exit or more, in order. */
  readonly exits: readonly SymbolicTensor[]
}

export interface Part {
  /** Folder of its submodel. */
  readonly name: string
  /** Called several times: its layers are made once, outside of it. */
  apply(input: SymbolicTensor): PartOutputs
}

/** From the least to the most. */
export type Range = [number, number]

export interface Augmentation {
  crop?: Range
  aspect?: Range
  shift?: number
  rotation?: number
  mirror?: boolean | 'alternate'
  brightness?: number
  contrast?: Range
  saturation?: Range
  erase?: number
  eraseSide?: Range
}

/** A stretch of a run. */
export interface Phase {
  share: number
  learningRate?: number
  lossWeights?: number[]
  distillation?: number
}

/** How the network likes to be trained; every field has a default. */
export interface Recipe {
  optimizer?: 'adamw' | 'sgd'
  learningRate?: number
  schedule?: 'cosine' | 'triangle' | 'constant'
  warmup?: number
  rateEnds?: Range
  momentum?: number
  nesterov?: boolean
  biasRate?: number
  weightDecay?: number
  maxGradientNorm?: number
  lossWeights?: number[]
  labelSmoothing?: number
  distillation?: number
  phases?: Phase[]
  freeze?: Record<string, number>
  layerRates?: Record<string, number>
  featureCodec?:
    | 'float32'
    | 'float16'
    | 'int8'
    | 'int8-channel'
    | 'int4'
    | 'int4-channel'
    | 'int2'
    | 'int2-channel'
  precision?: 'float32' | 'mixed_bfloat16'
  augmentation?: false | Augmentation
  mixup?: number
  cutmix?: number
  mixUntil?: number
  trainingScale?: number
  averageDecay?: number
}

export interface Network {
  readonly parts: readonly Part[]
  /** Folder of the whole model; 'model' where it is left out. */
  readonly whole?: string
  /** A convolution of the image, without bias, that whitens the training images' patches in place of being trained. */
  readonly whitening?: string
  readonly recipe: Recipe
}

/** The export `createNetwork` of the module. */
export type CreateNetwork = (tf: Tf, options: NetworkOptions) => Network
