// Thresholds that hold for all requests in place of the models', as lists that a request could bring; see `withThresholds`.

export interface TurnedThresholds {
  /** For the exits of this process; undefined where theirs are the models'. */
  readonly own: readonly number[] | undefined
  /** To be sent along to the front; undefined where those of all exits there are their models'. */
  readonly front: readonly number[] | undefined
}

export const withoutKnobs: TurnedThresholds = { own: undefined, front: undefined }
