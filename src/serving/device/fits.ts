// What a tier takes, held against what this process would send it: labels, family, form and shape. A start and
// `ddnn doctor` say the same of it.
import { isGrayOf } from '../../domain/gray.ts'
import { hashLabels } from '../../domain/labels.ts'
import type { TierAbout } from '../../domain/probe.ts'
import {
  describeShape,
  isSameShape,
  type DType,
  type Shape,
  type Tensor,
} from '../../domain/tensor.ts'
import { visibleText } from '../../domain/visible.ts'
import { ConfigError, ModelError } from '../../errors.ts'
import type { EncodedTensor } from '../wire/wire.ts'
import type { AboutReply } from './ask-about.ts'
import type { SendForm } from './read-as.ts'

/** What this process would send, as far as it is known. */
export interface Sent {
  readonly family: string | undefined
  readonly labels: readonly string[] | undefined
  /** Undefined where a user's own preprocessing decides; `own` is uint8 then no more. */
  readonly form: SendForm | undefined
  /** Undefined where a user's own preprocessing decides. */
  readonly shape: Shape | undefined
  /** What makes the shape another one; the flags of images where left out. */
  readonly howToSend?: string
}

/** A tier that told what it takes. */
export type KnownTier = AboutReply & { readonly about: TierAbout }

/** `told` tells of itself; a tier of an earlier release does not. */
export function isKnown(told: AboutReply | undefined): told is KnownTier {
  return told?.about !== undefined
}

/** @throws DDNN_LABELS_MISMATCH, DDNN_MODEL_MISMATCH, DDNN_FRAME_SHAPE, which no request would get round. */
export function assertFits(tier: KnownTier, sent: Sent): void {
  assertLabels(tier, sent.labels)
  const { about } = tier
  if (sent.family !== undefined && about.family !== undefined && sent.family !== about.family) {
    throw new ModelError(
      'DDNN_MODEL_MISMATCH',
      `Expected ${nameOf(tier)} to be of family '${sent.family}', got '${visibleText(about.family)}'`,
      { hint: 'Deploy submodels that were trained together on all tiers' },
    )
  }
  assertForm(tier, sent)
  if (sent.shape !== undefined && !takesShape(about, sent.shape)) {
    const wanted = describeShape(about.input)
    throw new ModelError(
      'DDNN_FRAME_SHAPE',
      `Expected ${nameOf(tier)} to take ${describeShape(sent.shape)}, as this process sends, got ${wanted}`,
      {
        hint:
          sent.howToSend ??
          `Send ${wanted}: --height and --width, or the features of the submodel before`,
      },
    )
  }
}

/** One channel is taken before a model that makes images gray. */
function takesShape({ input, takesGray = false }: TierAbout, shape: Shape): boolean {
  return isSameShape(shape, input) || (takesGray && isGrayOf(shape, input))
}

const nameOf = ({ tier }: AboutReply) => `'${visibleText(tier)}'`

/** The same names in another order are other labels: answers would be wrong in silence. */
function assertLabels(tier: KnownTier, labels: readonly string[] | undefined): void {
  const { labelsHash } = tier
  if (labels === undefined || labelsHash === undefined) return
  const own = hashLabels(labels)
  if (own === labelsHash) return
  const theirs = tier.about.labels?.map(visibleText).join(', ')
  const got = theirs === undefined ? `others (${labelsHash})` : `${theirs} (${labelsHash})`
  throw new ConfigError(
    'DDNN_LABELS_MISMATCH',
    `Expected ${nameOf(tier)} to have the labels of this process, ${labels.join(', ')} (${own}), got ${got}`,
    {
      hint: "Pass the model's own labels with --labels, in its order, or leave it out; and models of one training",
    },
  )
}

/** A tier in the middle of a chain takes features, which are float32 alone. */
function assertForm(tier: KnownTier, { form }: Sent): void {
  const { dtypes, input } = tier.about
  if (form === undefined || dtypes === undefined) return
  const dtype: DType = form === 'float32' ? 'float32' : 'uint8'
  if (dtypes.includes(dtype)) return
  throw new ModelError(
    'DDNN_FRAME_SHAPE',
    `Expected ${nameOf(tier)} to take images as ${form === 'own' ? 'uint8' : form}, as this process sends, got features alone: ${dtypes.join(', ')} ${describeShape(input)}`,
    {
      hint: 'Ask the tier with the first submodel (--producer-front-topic), which takes images',
    },
  )
}

/**
 * What a user's own preprocessing gave.
 * @throws DDNN_CONFIG_INVALID, which ends a run.
 */
export function assertTakes(tier: KnownTier, image: Tensor | EncodedTensor): void {
  const { dtypes, input } = tier.about
  const isTaken = dtypes === undefined || dtypes.includes(image.dtype)
  if (isTaken && takesShape(tier.about, image.shape)) return
  const wanted = `${(dtypes ?? []).join(' or ')} ${describeShape(input)}`.trim()
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected --preprocess to give ${wanted}, as ${nameOf(tier)} takes, got ${image.dtype} ${describeShape(image.shape)}`,
    { hint: 'Change what the module gives, or ask another tier (--producer-front-topic)' },
  )
}
