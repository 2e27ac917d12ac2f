// How a network is trained: optimizer, loss, augmentation. A network brings its own recipe, a recipe file
// changes what it names, and what neither names has the default here.
import { z } from 'zod'
import { featureForms } from '../../domain/feature-codec.ts'

const share = z.number().min(0).max(1)
const positive = z.number().positive()
/** [least, most]. */
const range = z
  .tuple([z.number().nonnegative(), z.number().positive()])
  .refine(([low, high]) => low <= high, 'expected [least, most]')

/** What changes in a training image at each epoch. All drawn anew for each image from (seed, epoch, image). */
export const augmentationSchema = z.strictObject({
  /** Sides of the crop as a share of the image's. */
  crop: range.default([1, 1]),
  /** Width of the crop over its height, by which its sides differ. */
  aspect: range.default([1, 1]),
  /** Shift in each direction at most, as a share of the side; what comes from outside is mirrored. */
  shift: share.default(0),
  /** Turn to either side at most, degrees. */
  rotation: z.number().min(0).max(180).default(0),
  /**
   * Whether half of the images are mirrored: drawn anew at each epoch, or `alternate`, drawn for the first one and
   * turned at each that follows, so that two epochs show all of both (Jordan 2024, arXiv 2404.00498).
   */
  mirror: z.union([z.boolean(), z.literal('alternate')]).default(false),
  /** Added to all channels at most, to either side, pixels being in [0, 1]. */
  brightness: share.default(0),
  contrast: range.default([1, 1]),
  saturation: range.default([1, 1]),
  /** Share of the images that lose one square, and its side as a share of the image's (cut-out). */
  erase: share.default(0),
  eraseSide: range.default([0.25, 0.25]),
})
export type Augmentation = z.infer<typeof augmentationSchema>

/** A stretch of a run; what it does not name is the recipe's. A phase that names a rate begins a wave of it. */
const phaseSchema = z.strictObject({
  /** How much of the run it takes, beside the other phases' shares. */
  share: positive,
  learningRate: positive.optional(),
  lossWeights: z.array(z.number().nonnegative()).optional(),
  distillation: share.optional(),
})

export const recipeSchema = z.strictObject({
  optimizer: z.enum(['adamw', 'sgd']).default('adamw'),
  /** Highest learning rate. */
  learningRate: positive.default(0.002),
  /** How the rate moves over a phase, see `warmup`; `cosine` for adamw and `constant` for sgd where it is left out. */
  schedule: z.enum(['cosine', 'triangle', 'constant']).optional(),
  /** Share of the phase over which the rate rises; then it falls, to 0 by a half cosine or along a line. */
  warmup: share.default(0.1),
  /** triangle: where the rate begins and ends, as shares of the highest. */
  rateEnds: z.tuple([share, share]).default([0.2, 0.07]),
  /** sgd: share of a step that the next one keeps. */
  momentum: z.number().min(0).max(0.9999).default(0.9),
  /** sgd: whether the step looks ahead along its momentum (Nesterov, as Sutskever et al. 2013). */
  nesterov: z.boolean().default(false),
  /** sgd: learning rate of biases and of normalisation, as a multiple of the others'. */
  biasRate: positive.default(1),
  /**
   * adamw: of kernels, not of biases and normalisation, 0.05 where it is left out. sgd: L2 of all weights at the rate
   * of kernels, 0 where it is left out.
   */
  weightDecay: z.number().nonnegative().optional(),
  /** adamw only: gradients are scaled down to this joint norm. */
  maxGradientNorm: positive.default(1),
  /** Weight of each exit's term in the loss, in the order of the exits; 1 where none is given. */
  lossWeights: z.array(z.number().nonnegative()).default([]),
  labelSmoothing: share.default(0),
  /** Share of each earlier exit's target that is the last exit's softmax (self-distillation). */
  distillation: share.default(0),
  /** Stretches of the run, in order; none = one, as the recipe says. */
  phases: z.array(phaseSchema).default([]),
  /** By the beginning of layers' names, numbers whole: the share of the run after which they learn no more, statistics too. */
  freeze: z.record(z.string().min(1), share).default({}),
  /** By the beginning of layers' names: their learning rate as a multiple of the others'; the longest one counts. */
  layerRates: z.record(z.string().min(1), positive).default({}),
  /**
   * Features between the parts come through this codec in training, as they will from tier to tier; gradients pass
   * as if it were not there (straight-through, Bengio et al. 2013).
   */
  featureCodec: z.enum(featureForms).default('float32'),
  /**
   * mixed_bfloat16: products of convolutions in bfloat16, everything else in float32. A gain on processors that have
   * it (AVX-512 BF16, AMX), slow on others.
   */
  precision: z.enum(['float32', 'mixed_bfloat16']).default('float32'),
  /** False = images as serving sees them. */
  augmentation: z.union([z.literal(false), augmentationSchema]).default(false),
  /** Alpha of mixup's beta distribution (Zhang et al. 2018); 0 = none. */
  mixup: share.default(0),
  /** Alpha of CutMix's beta distribution (Yun et al. 2019); 0 = none. Steps take turns where both are given. */
  cutmix: share.default(0),
  /** Share of the run after which images are no longer mixed, so that the end sees what serving sees. */
  mixUntil: share.default(0.85),
  /**
   * Size of training images over the size in serving. Below 1, objects that a crop has magnified come out as
   * large as serving shows them (Touvron et al. 2019), and steps cost less.
   */
  trainingScale: z.number().positive().max(1).default(1),
  /** The weights that are kept are a moving average with this decay a step; 0 keeps the last ones. */
  averageDecay: z.number().min(0).max(0.99999).default(0),
})

/** A whole recipe. */
export type Recipe = z.infer<typeof recipeSchema>
/** What a network or a recipe file says of it. */
export type RecipeInput = z.input<typeof recipeSchema>
