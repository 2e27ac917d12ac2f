// A question of a device, a door or `ddnn doctor` to the tier in front: is anybody there, and who. It travels as a request
// with a mark (`isProbe`). Its tensor is one byte and its labels are nobody's, so that a tier that does
// not know the mark answers that the labels are others', and puts nothing aside.
import type { CalibrationTable } from './calibration-table.ts'
import type { Orientation } from './orientation.ts'
import type { DType, Shape } from './tensor.ts'
import type { TierFacts } from './tier-facts.ts'
import type { TierLife } from './watch.ts'

/** Hash of labels that no model has. */
export const probeLabels = 'probe'

/**
 * The one byte of a question: of the tier that gets it alone, or of those in front of it as well; or what its exits
 * said of the calibration's images, beside the first. A release before takes what it does not know for the first.
 */
export const probeScopes = { tier: 0, chain: 1, calibration: 2 } as const
export type ProbeScope = keyof typeof probeScopes

/** What a tier tells of itself when it is asked; its exits and its features not before this release. */
export interface TierAbout extends Partial<Omit<TierFacts, 'tier'>> {
  /** Version of ddnn. */
  readonly version: string
  /** Family of its submodels; undefined where their manifests name none. */
  readonly family: string | undefined
  /** What a request must carry. */
  readonly input: Shape
  /** dtypes that it takes: features are float32 alone. Undefined in the answer of a release before. */
  readonly dtypes?: readonly DType[] | undefined
  /** What it does with an image file that is stored turned; undefined of a release before, which ignores it. */
  readonly orientation?: Orientation | undefined
  /** Whether images of one channel are taken beside those of `input`. */
  readonly takesGray?: boolean | undefined
  /** In the order of the classes; undefined where the models name none, and of a release before. */
  readonly labels?: readonly string[] | undefined
  /** How it is now, of the replica that answers; undefined of a release before. */
  readonly life?: TierLife | undefined
  /** Where it was asked for, and the models have one. */
  readonly calibration?: CalibrationTable | undefined
}
