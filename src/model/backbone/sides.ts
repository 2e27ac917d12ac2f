// The size of an image for a network that takes any.
export interface ImageSides {
  readonly height: number
  readonly width: number
}

/** What stands for a height or width that the network leaves open, where nobody says it. */
export const openSide = 224
