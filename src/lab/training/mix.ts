// Mixtures of two images of a batch and of their labels: each image with the one at the mirrored place.
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { Tf } from '../../model/networks/network.ts'
import type { Recipe } from '../../model/networks/recipe.ts'
import type { Random } from '../../domain/random.ts'
import { drawBeta } from './beta.ts'

/** How the images of one step are mixed. */
export interface Mix {
  readonly kind: 'mixup' | 'cutmix'
  /** What an image keeps of itself, 0.5 to 1. */
  readonly share: number
  /** cutmix: the middle of the other image's rectangle, as a share of the sides. */
  readonly x: number
  readonly y: number
}

/** The mixture of one step: mixup (Zhang et al. 2018), CutMix (Yun et al. 2019), either, or none. */
export function drawMix(
  { mixup, cutmix }: Pick<Recipe, 'mixup' | 'cutmix'>,
  random: Random,
): Mix | undefined {
  if (mixup === 0 && cutmix === 0) return undefined
  const isCut = mixup === 0 || (cutmix > 0 && random() < 0.5)
  const drawn = drawBeta(isCut ? cutmix : mixup, random)
  const share = Math.max(drawn, 1 - drawn)
  return { kind: isCut ? 'cutmix' : 'mixup', share, x: random(), y: random() }
}

/** Float32 `[batch, height, width, 3]`, mixed. */
export function mixImages(tf: Tf, images: Tensor4D, mix: Mix | undefined): Tensor4D {
  if (mix === undefined) return images
  const others = tf.reverse(images, 0)
  if (mix.kind === 'mixup') return blend(tf, images, others, mix.share)
  const [, height, width] = images.shape
  const { mask } = cutOf(mix, height, width)
  const keeps = tf.tensor4d(mask, [1, height, width, 1])
  return tf.add(tf.mul(images, keeps), tf.mul(others, tf.sub(1, keeps)))
}

/** Targets `[batch, classes]`, mixed by the share of the pixels that each image really has. */
export function mixLabels(
  tf: Tf,
  targets: Tensor2D,
  mix: Mix | undefined,
  size: { readonly height: number; readonly width: number },
): Tensor2D {
  if (mix === undefined) return targets
  const share = mix.kind === 'mixup' ? mix.share : cutOf(mix, size.height, size.width).share
  return blend(tf, targets, tf.reverse(targets, 0), share)
}

function blend<T extends Tensor2D | Tensor4D>(tf: Tf, own: T, other: T, share: number): T {
  return tf.add(tf.mul(own, share), tf.mul(other, 1 - share))
}

/** 1 where an image keeps its own pixels; a rectangle of the image's aspect, cut off at the border. */
function cutOf(
  { share, x, y }: Mix,
  height: number,
  width: number,
): { readonly mask: Float32Array; readonly share: number } {
  const side = Math.sqrt(1 - share)
  const bounds = (middle: number, size: number) => {
    const from = Math.round((middle - side / 2) * size)
    return [Math.max(0, from), Math.min(size, from + Math.round(side * size))] as const
  }
  const [top, bottom] = bounds(y, height)
  const [left, right] = bounds(x, width)
  const mask = new Float32Array(height * width).fill(1)
  for (let row = top; row < bottom; row++) mask.fill(0, row * width + left, row * width + right)
  const cut = Math.max(0, bottom - top) * Math.max(0, right - left)
  return { mask, share: 1 - cut / (height * width) }
}
