// What `--backbone` is told beside the options of any training run.
import type { ImageSize } from '../../../model/networks/network.ts'

export const headKinds = ['dense', 'hidden'] as const
export type HeadKind = (typeof headKinds)[number]

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
  /** From a pixel of 0 to 255 to what the network takes; its manifest's where undefined (--backbone-scale). */
  readonly scale: number | undefined
}
