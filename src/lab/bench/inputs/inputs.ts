// The images of a run, prepared once for every contestant: encoded files as they are, and the same images
// as pixels in one file, so that whoever asks needs no code of ddnn to read them.

export interface Inputs {
  readonly labels: readonly string[]
  readonly images: readonly InputImage[]
  /** [height, width, 3]. */
  readonly shape: readonly [number, number, number]
  /** uint8 [images, height, width, 3], RGB, row-major, without a header. */
  readonly pixelsFile: string
}

export interface InputImage {
  /** The encoded image; undefined for CIFAR-10, which has pixels alone. */
  readonly file: string | undefined
  /** Index into the labels. */
  readonly label: number
}
