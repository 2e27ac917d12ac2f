// What is known of a training image before its pixels are read.

/** One image of a training set: a file, or a record of a CIFAR-10 batch. */
export interface ImageFile {
  /** Which of the training sets, from 0. */
  readonly set: number
  /** `LABEL/NAME.jpg`, or `data_batch_1.bin#17`. */
  readonly name: string
  readonly path: string
  /** Place in a CIFAR-10 batch; left out of an image file. */
  readonly record?: number
  /** Index of its label. */
  readonly label: number
}

/** As ImageFile, before labels have numbers. */
export type NamedImage = Omit<ImageFile, 'label' | 'set'> & { readonly labelName: string }
