// Thresholds that hold for all requests in place of the models', as lists that a request could bring; see `withThresholds`.

/** Most thresholds that a request may name: one an exit of the family. */
export const maxThresholds = 64

export interface TurnedThresholds {
  /** For the exits of this process; a hole, and undefined for the whole, leaves what the models say. */
  readonly own: readonly (number | undefined)[] | undefined
  /** To be sent along to the front; undefined where those of all exits there are their models'. */
  readonly front: readonly number[] | undefined
}

export const withoutKnobs: TurnedThresholds = { own: undefined, front: undefined }
