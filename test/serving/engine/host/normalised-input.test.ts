// Means and deviations of a manifest, on the way from an image to the model.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Preprocessing, SubmodelSpec } from '../../../../src/domain/submodel.ts'
import { imageInputOf } from '../../../../src/serving/engine/host/image-input.ts'

const side = 8
const image = Float32Array.from({ length: side * side * 3 }, (_, i) => (i % 7) / 7)

function specOf(preprocessing: Partial<Preprocessing>, index = 0): SubmodelSpec {
  return {
    name: 'first',
    folder: '/nowhere',
    format: 'onnx',
    family: undefined,
    version: undefined,
    place: { index, count: 2 },
    input: undefined,
    features: undefined,
    exits: undefined,
    labels: undefined,
    preprocessing: { height: side, width: side, scale: 1 / 255, ...preprocessing },
  }
}

const mean = [0.485, 0.456, 0.406] as const
const std = [0.229, 0.224, 0.225] as const

test('each channel loses its mean and is divided by its deviation, whichever way channels lie', () => {
  const spec = specOf({ mean, std })
  const last = imageInputOf(spec, [side, side, 3], false).toModel(image, 1)
  const first = imageInputOf(spec, [3, side, side], true).toModel(image, 1)
  for (const [i, value] of image.entries()) {
    const channel = i % 3
    const wanted = (value - (mean[channel] as number)) / (std[channel] as number)
    assert.ok(Math.abs((last[i] as number) - wanted) < 1e-6)
    const at = channel * side * side + Math.floor(i / 3)
    assert.equal(first[at], last[i])
  }
})

test('the image itself stays as it is, and what comes later in a chain is not touched', () => {
  const before = image.slice()
  imageInputOf(specOf({ mean, std }), [side, side, 3], false).toModel(image, 1)
  assert.deepEqual(image, before)
  const features = imageInputOf(specOf({ mean, std }, 1), [side, side, 3], false)
  assert.equal(features.toModel(image, 1), image)
})

test('a deviation alone divides, a mean alone shifts', () => {
  const halved = imageInputOf(specOf({ std: [2, 2, 2] }), [side, side, 3], false)
  assert.equal(halved.toModel(image, 1)[1], (image[1] as number) / 2)
  const shifted = imageInputOf(specOf({ mean: [0, 1, 0] }), [side, side, 3], false)
  assert.equal(shifted.toModel(image, 1)[1], Math.fround((image[1] as number) - 1))
})
