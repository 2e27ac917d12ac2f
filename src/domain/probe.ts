// A question of a device, a door or `ddnn doctor` to the tier in front: is anybody there, and who. It travels as a request
// with a mark (`isProbe`). Its tensor is one byte and its labels are nobody's, so that a tier that does
// not know the mark answers that the labels are others', and puts nothing aside.
import type { DType, Shape } from './tensor.ts'

/** Hash of labels that no model has. */
export const probeLabels = 'probe'

/** What a tier tells of itself when it is asked. */
export interface TierAbout {
  /** Version of ddnn. */
  readonly version: string
  /** Family of its submodels; undefined where their manifests name none. */
  readonly family: string | undefined
  /** What a request must carry. */
  readonly input: Shape
  /** dtypes that it takes: features are float32 alone. Undefined in the answer of a release before. */
  readonly dtypes?: readonly DType[] | undefined
  /** In the order of the classes; undefined where the models name none, and of a release before. */
  readonly labels?: readonly string[] | undefined
}
