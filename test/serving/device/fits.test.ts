// What a tier takes against what would be sent to it: pure.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkingFirst } from '../../../src/serving/device/first-image.ts'
import {
  assertFits,
  assertTakes,
  type KnownTier,
  type Sent,
} from '../../../src/serving/device/fits.ts'
import { createToldWait } from '../../../src/serving/device/told-once.ts'
import { hashLabels } from '../../../src/domain/labels.ts'
import type { Reply } from '../../../src/domain/reply.ts'
import type { Tensor } from '../../../src/domain/tensor.ts'
import { createLogSink } from '../../helpers/log-sink.ts'

const labels = ['cat', 'dog']

const tierOf = (about: Partial<KnownTier['about']> = {}): KnownTier => ({
  ...{ tier: 'edge', result: undefined, computeMs: 0, totalMs: 0, fallback: false },
  ...{ problem: undefined, next: undefined, labelsHash: hashLabels(labels) },
  about: {
    ...{ version: '1.0.0', family: 'pets', input: [64, 64, 3], labels },
    dtypes: ['uint8', 'float32'],
    ...about,
  },
})
/** In the middle of a chain. */
const fog = tierOf({ input: [16, 16, 8], dtypes: ['float32'] })
/** Of a release that told only so much. */
const earlier = tierOf({ dtypes: undefined, labels: undefined })

const sentOf = (sent: Partial<Sent> = {}): Sent => ({
  ...{ family: undefined, labels, form: 'own', shape: [64, 64, 3] },
  ...sent,
})

test('what is as the tier takes it passes, also where neither says all', () => {
  assertFits(tierOf(), sentOf())
  assertFits(tierOf({ family: undefined }), sentOf({ family: 'pets' }))
  assertFits(earlier, sentOf({ form: 'jpeg' }))
  const nothing = { labels: undefined, form: undefined, shape: undefined }
  assertFits(fog, sentOf(nothing))
  assertFits(fog, sentOf({ form: 'float32', shape: [16, 16, 8] }))
})

for (const [title, tier, sent, code, words] of [
  [
    'labels in another order are named on both sides',
    tierOf(),
    { labels: ['dog', 'cat'] },
    'DDNN_LABELS_MISMATCH',
    /'edge' .*labels of this process, dog, cat .* got cat, dog /,
  ],
  [
    'other labels of a tier that tells only their hash are named by it',
    earlier,
    { labels: ['dog'] },
    'DDNN_LABELS_MISMATCH',
    new RegExp(`got others \\(${hashLabels(labels)}\\)`),
  ],
  ['another family', tierOf(), { family: 'cars' }, 'DDNN_MODEL_MISMATCH', /'cars', got 'pets'/],
  [
    'images of another size',
    tierOf(),
    { shape: [32, 32, 3] },
    'DDNN_FRAME_SHAPE',
    /32x32x3.*got 64x64x3/,
  ],
  [
    'an image file for a tier of features',
    fog,
    { form: 'jpeg' },
    'DDNN_FRAME_SHAPE',
    /images as jpeg.*features alone: float32 16x16x8/,
  ],
  ['pixels for a tier of features', fog, {}, 'DDNN_FRAME_SHAPE', /images as uint8.*features alone/],
  [
    'float images for a tier of features',
    fog,
    { form: 'float32' },
    'DDNN_FRAME_SHAPE',
    /64x64x3.*got 16x16x8/,
  ],
] as const) {
  test(`${title}: refused`, () => {
    assert.throws(() => assertFits(tier, sentOf(sent)), { code, message: words })
  })
}

const imageOf = (dtype: 'uint8' | 'float32', shape: readonly number[]): Tensor =>
  dtype === 'uint8'
    ? { dtype, shape, data: new Uint8Array(1) }
    : { dtype, shape, data: new Float32Array(1) }

test("a module's values are held against dtype and shape", () => {
  assertTakes(fog, imageOf('float32', [16, 16, 8]))
  assertTakes(earlier, imageOf('uint8', [64, 64, 3]))
  const code = 'DDNN_CONFIG_INVALID'
  assert.throws(() => assertTakes(fog, imageOf('uint8', [16, 16, 8])), {
    code,
    message: /--preprocess to give float32 16x16x8.*'edge' takes, got uint8 16x16x8/,
  })
  assert.throws(() => assertTakes(tierOf(), imageOf('float32', [64, 64, 1])), {
    code,
    message: /uint8 or float32 64x64x3.*got float32 64x64x1/,
  })
})

test('nothing is sent before one image fits, and after that a misfit is its own error', async () => {
  const asked: number[] = []
  const answer = checkingFirst(
    (image) => {
      asked.push(image.shape[0] ?? 0)
      return Promise.resolve({} as Reply)
    },
    (image) => assert.equal(image.shape[0], 2),
  )
  const call = { budgetMs: 1, signal: new AbortController().signal }
  await assert.rejects(answer(imageOf('uint8', [1]), call))
  assert.deepEqual(asked, [])
  await answer(imageOf('uint8', [2]), call)
  await answer(imageOf('uint8', [3]), call)
  assert.deepEqual(asked, [2, 3])
})

test('a reason is told once, another one anew, and the end only where one was told', () => {
  const { log, lines } = createLogSink()
  const wait = createToldWait(log)
  wait.over('well from the start')
  assert.equal(wait.reason, undefined)
  for (const reason of ['a', 'a', 'b', 'b', 'a']) wait.tell(reason)
  assert.equal(wait.reason, 'a')
  wait.over('well')
  wait.over('well')
  assert.deepEqual(
    lines.map(({ msg }) => msg),
    ['waiting: a', 'waiting: b', 'waiting: a', 'well'],
  )
})
