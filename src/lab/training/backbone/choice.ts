// What `--backbone` is told beside the options of any training run.
import type { headKinds, pixelForms } from '../../../domain/lab-words.ts'
import type { ImageSize } from '../../../model/networks/network.ts'

export type HeadKind = (typeof headKinds)[number]

export type PixelForm = (typeof pixelForms)[number]

interface FineTuneChoice {
  /** Highest learning rate (--fine-tune-rate). */
  readonly learningRate: number
  /** --fine-tune-epochs. */
  readonly epochs: number
}

export interface BackboneChoice {
  /** A model folder, or the file of one (--backbone). */
  readonly path: string
  /** Tensors to attach exits to, beside the last; proposed where empty (--exits-at). */
  readonly exitsAt: readonly string[]
  /** dense: from the averages of the channels straight to the logits; hidden: with one layer between (--head). */
  readonly head: HeadKind
  /** Keep the network's own classifier as the last exit, its classes being the labels in order (--keep-classifier). */
  readonly keepClassifier: boolean
  /** Of the images, where the network takes any (-g, -w). */
  readonly size: ImageSize | undefined
  /** Train its layers too, once the exits are trained on it as it is (--fine-tune). */
  readonly fineTune?: FineTuneChoice | undefined
  /** What the network takes pixels as; as its manifest says where undefined (--backbone-pixels). */
  readonly pixels: PixelForm | undefined
}
