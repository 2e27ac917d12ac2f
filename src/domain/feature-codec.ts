// Names of the ways in which features travel: a form of their values, and what packs it. The same words
// stand in flags, in manifests and in the frame's header.

/**
 * `float32` and `float16` are IEEE 754; `intN` is affine, value = scale x (code - zero point), of N bits
 * with one scale a sample or, with `-channel`, one for each place of the last axis.
 */
export const featureForms = [
  'float32',
  'float16',
  'int8',
  'int8-channel',
  'int4',
  'int4-channel',
  'int2',
  'int2-channel',
] as const
export type FeatureForm = (typeof featureForms)[number]

/** `deflate` is RFC 1951 without a header; `zstd` is RFC 8878. */
export const featurePacks = ['deflate', 'zstd'] as const
export type FeaturePack = (typeof featurePacks)[number]

/** 'int8', 'int4-channel+deflate'. */
export type FeatureCodec = FeatureForm | `${FeatureForm}+${FeaturePack}`

/** Each form as it is, then packed. */
export const featureCodecs: readonly FeatureCodec[] = featureForms.flatMap((form) => [
  form,
  ...featurePacks.map((pack) => `${form}+${pack}` as const),
])

interface FeatureCodecParts {
  readonly form: FeatureForm
  /** Undefined where the values travel as they are. */
  readonly pack: FeaturePack | undefined
}

/** The two halves of a name. */
export function partsOfCodec(codec: FeatureCodec): FeatureCodecParts {
  const [form, pack] = codec.split('+') as [FeatureForm, FeaturePack | undefined]
  return { form, pack }
}

export function isFeatureCodec(name: unknown): name is FeatureCodec {
  return featureCodecs.includes(name as FeatureCodec)
}
