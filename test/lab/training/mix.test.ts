// Mixup and CutMix: what the labels say is what the pixels are.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { drawMix, mixImages, mixLabels, type Mix } from '../../../src/lab/training/mix.ts'
import { createRandom } from '../../../src/domain/random.ts'
import { loadTfjsNode } from '../../../src/lab/training/tfjs-node.ts'

const tf = loadTfjsNode()
const size = { height: 20, width: 30 }
const batch = 4

/** Image i is all ones in channel i where i < 3, and black for the last: channels count pixels of each. */
function mixed(mix: Mix | undefined): { images: Float32Array; labels: Float32Array } {
  const { height, width } = size
  const images = new Float32Array(batch * height * width * 3)
  for (let i = 0; i < 3; i++) {
    for (let p = 0; p < height * width; p++) images[(i * height * width + p) * 3 + i] = 1
  }
  const oneHot = tf.cast(tf.oneHot([0, 1, 2, 3], batch), 'float32') as Tensor2D
  return {
    images: mixImages(
      tf,
      tf.tensor4d(images, [batch, height, width, 3]),
      mix,
    ).dataSync<'float32'>(),
    labels: mixLabels(tf, oneHot, mix, size).dataSync<'float32'>(),
  }
}

const mixes: readonly Mix[] = [
  { kind: 'mixup', share: 0.7, x: 0, y: 0 },
  ...[0, 0.02, 0.31, 0.5, 0.98, 1].flatMap((at) =>
    [0.5, 0.63, 0.99, 1].map((share) => ({ kind: 'cutmix', share, x: at, y: 1 - at }) as const),
  ),
]

test("each image's labels have the shares of its pixels", () => {
  const area = size.height * size.width
  for (const mix of mixes) {
    const { images, labels } = mixed(mix)
    for (let i = 0; i < batch; i++) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0
        for (let p = 0; p < area; p++) sum += images[(i * area + p) * 3 + channel] as number
        const label = labels[i * batch + channel] as number
        assert.ok(
          Math.abs(sum / area - label) < 1e-5,
          `${JSON.stringify(mix)}: ${sum / area}, ${label}`,
        )
      }
      const total = labels.slice(i * batch, (i + 1) * batch).reduce((sum, value) => sum + value, 0)
      assert.ok(Math.abs(total - 1) < 1e-5)
    }
  }
})

test('an image is mixed with the one at the mirrored place', () => {
  const { labels } = mixed({ kind: 'mixup', share: 0.75, x: 0, y: 0 })
  assert.deepEqual([...labels.slice(0, 4)], [0.75, 0, 0, 0.25])
  assert.deepEqual([...labels.slice(4, 8)], [0, 0.75, 0.25, 0])
})

test('CutMix replaces a rectangle and leaves the rest as it was', () => {
  const { images } = mixed({ kind: 'cutmix', share: 0.75, x: 0.5, y: 0.5 })
  const at = (y: number, x: number) => images[(y * size.width + x) * 3]
  // The side is half of each: rows 5 to 14, columns 8 to 22 (the middle rounded).
  assert.equal(at(0, 0), 1)
  assert.equal(at(10, 15), 0)
  assert.equal(at(4, 15), 1)
  assert.equal(at(10, 29), 1)
})

test('without a mixture everything stays', () => {
  const { labels } = mixed(undefined)
  assert.deepEqual([...labels.slice(0, 4)], [1, 0, 0, 0])
})

test('an image keeps at least half of itself; both kinds take turns where both are given', () => {
  const kinds = { mixup: 0, cutmix: 0 }
  for (let step = 0; step < 1000; step++) {
    const mix = drawMix({ mixup: 0.4, cutmix: 1 }, createRandom(1, step))
    assert.ok(mix && mix.share >= 0.5 && mix.share <= 1)
    kinds[mix.kind]++
  }
  assert.ok(kinds.mixup > 430 && kinds.mixup < 570, JSON.stringify(kinds))
  assert.equal(drawMix({ mixup: 0.4, cutmix: 0 }, createRandom(1))?.kind, 'mixup')
  assert.equal(drawMix({ mixup: 0, cutmix: 1 }, createRandom(1))?.kind, 'cutmix')
  assert.equal(drawMix({ mixup: 0, cutmix: 0 }, createRandom(1)), undefined)
})
