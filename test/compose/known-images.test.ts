// Size, labels and orientation of images, as models of this process and tiers in front tell them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { imagesOfModels, imagesOfTier } from '../../src/compose/known-images.ts'
import type { KnownTier } from '../../src/serving/device/fits.ts'
import type { Stage } from '../../src/serving/engine/engine.ts'

const modelsOf = (preprocessing: unknown, input: readonly number[]) => ({
  stages: [{ spec: { preprocessing }, shapes: { input } } as unknown as Stage],
  labels: ['a', 'b'],
})
const told = (about: object) =>
  ({ tier: 'edge', about: { version: '1', ...about } }) as unknown as KnownTier

test('a model without a manifest tells the size that it takes', () => {
  const { height, width, labels } = imagesOfModels(modelsOf(undefined, [64, 48, 3]))
  assert.deepEqual([height, width, labels], [64, 48, ['a', 'b']])
})

test('a manifest tells its size first, and what photos it was trained with', () => {
  const manifest = { height: 32, width: 30, scale: 1, orientation: 'ignore' }
  const { height, width, orientation } = imagesOfModels(modelsOf(manifest, [64, 48, 3]))
  assert.deepEqual([height, width, orientation], [32, 30, 'ignore'])
})

test('features, grey images and nothing have no size', () => {
  for (const input of [[8, 8, 32], [784], [64, 64, 1], []]) {
    assert.equal(imagesOfModels(modelsOf(undefined, input)).height, undefined)
  }
  assert.equal(imagesOfModels(undefined).height, undefined)
  assert.equal(imagesOfTier(undefined), undefined)
})

test('a tier tells size and orientation; one of a release before tells no orientation', () => {
  const known = imagesOfTier(told({ input: [64, 48, 3], orientation: 'ignore' }))
  assert.deepEqual([known?.height, known?.width, known?.orientation], [64, 48, 'ignore'])
  assert.equal(imagesOfTier(told({ input: [64, 48, 3] }))?.orientation, undefined)
  assert.equal(imagesOfTier(told({ input: [8, 8, 32] }))?.height, undefined)
})
