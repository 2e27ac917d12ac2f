// Which models take images with their channels first, as rows: a guess that is wrong gives wrong answers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SubmodelSpec } from '../../../../src/domain/submodel.ts'
import { channelsLast, fillShape, takesChannelsFirst } from '../../../../src/domain/image-layout.ts'
import { imageInputOf, toGray } from '../../../../src/serving/engine/host/image-input.ts'

const [first, last] = [
  { index: 0, count: 3 },
  { index: 1, count: 3 },
]

for (const [what, said, shape, expected] of [
  ['a photo', {}, [3, 180, 180], true],
  ['a digit', {}, [1, 28, 28], true],
  ['a photo of any size', {}, [3, -1, -1], true],
  ['channels last', {}, [180, 180, 3], false],
  ['features that are three high', {}, [3, 2, 64], false],
  ['features of one row', {}, [1, 1, 1024], false],
  ['features', {}, [32, 23, 23], false],
  ['a vector', {}, [3], false],
  ['a layers model', { format: 'tfjs-layers' }, [3, 64, 64], true],
  ['a layout that is said', { layout: 'nhwc' }, [3, 64, 64], false],
  ['a layout of few pixels that is said', { layout: 'nchw' }, [3, 4, 4], true],
  ['a layout that is said with an input', { layout: 'nchw', input: [3, 9, 9] }, [3, 9, 9], true],
  ['a gray model whose images are said in colour', { input: [28, 20, 3] }, [1, 28, 20], true],
  ['a later submodel', { place: last }, [3, 23, 23], false],
  [
    'a later submodel with an input of its own',
    { place: last, input: [23, 23, 3] },
    [3, 23, 23],
    false,
  ],
  ['the first submodel', { place: first }, [3, 23, 23], true],
  ['an input said to be as it is', { input: [3, 32, 32] }, [3, 32, 32], false],
  ['an input said to be turned', { input: [32, 30, 12] }, [12, 32, 30], true],
  ['an input that fits either way', { input: [8, 8, 8] }, [8, 8, 8], false],
  ['an open input said to be turned', { input: [180, 160, 3] }, [3, -1, -1], true],
  ['an input that fits neither way', { input: [64, 64, 3] }, [3, 32, 32], false],
] as const) {
  test(`${what}: ${shape.join('x')} ${expected ? 'is' : 'is not'} turned`, () => {
    const spec = { format: 'onnx', ...said } as unknown as SubmodelSpec
    assert.equal(takesChannelsFirst(spec, shape), expected)
  })
}

test('height, width, channels', () => {
  assert.deepEqual(channelsLast([3, 180, 160]), [180, 160, 3])
})

for (const [what, said, shape, expected] of [
  ['the input', { input: [180, 160, 3] }, [-1, -1, 3], [180, 160, 3]],
  [
    'the input of a model with channels first',
    { input: [180, 160, 3] },
    [3, -1, -1],
    [3, 180, 160],
  ],
  ["the model's own shape", { layout: 'nchw', input: [3, 18, 16] }, [3, -1, -1], [3, 18, 16]],
  ['the size of images', { preprocessing: { height: 18, width: 16 } }, [-1, -1, 3], [18, 16, 3]],
  [
    'the size, of channels first',
    { preprocessing: { height: 18, width: 16 } },
    [3, -1, -1],
    [3, 18, 16],
  ],
  [
    'the size, of gray images',
    { preprocessing: { height: 18, width: 16 } },
    [-1, -1, 1],
    [18, 16, 1],
  ],
  ['nothing', {}, [-1, -1, 3], [-1, -1, 3]],
] as const) {
  test(`open axes are filled in from ${what}: ${shape.join('x')}`, () => {
    const spec = { format: 'onnx', ...said } as unknown as SubmodelSpec
    assert.deepEqual(fillShape(spec, shape, takesChannelsFirst(spec, shape)), expected)
  })
}

/** Each pixel of an image tells its place: 100 * row + 10 * column + channel. */
function placesOf(height: number, width: number, channels: number): Float32Array {
  return Float32Array.from({ length: height * width * channels }, (_, i) => {
    const pixel = Math.floor(i / channels)
    return 100 * Math.floor(pixel / width) + 10 * (pixel % width) + (i % channels)
  })
}

test('images are turned one by one, whatever their number', () => {
  const one = placesOf(8, 9, 3)
  const { shape, toModel } = imageInputOf(
    { format: 'saved-model' } as SubmodelSpec,
    [3, 8, 9],
    true,
  )
  assert.deepEqual(shape, [8, 9, 3])
  const turned = toModel(Float32Array.of(...one, ...one.map((value) => value + 0.5)), 2)
  for (const image of [0, 1]) {
    for (let channel = 0; channel < 3; channel++) {
      for (let row = 0; row < 8; row++) {
        for (let column = 0; column < 9; column++) {
          const at = ((image * 3 + channel) * 8 + row) * 9 + column
          assert.equal(turned[at], 100 * row + 10 * column + channel + image / 2)
        }
      }
    }
  }
})

// Pillow 11.3: Image.fromarray(rgb).convert('L'), of colours where rounding decides.
for (const [rgb, gray] of [
  [[255, 0, 0], 76],
  [[0, 255, 0], 150],
  [[0, 0, 255], 29],
  [[255, 255, 255], 255],
  [[0, 0, 0], 0],
  [[1, 1, 0], 1],
  [[10, 20, 30], 18],
  [[123, 45, 67], 71],
  [[200, 100, 50], 124],
] as const) {
  test(`${rgb.join(', ')} is ${gray} in gray, as in Pillow`, () => {
    for (const scale of [1, 1 / 255, 1 / 127.5]) {
      const values = Float32Array.from(rgb, (value) => Math.fround(value * scale))
      assert.deepEqual(toGray(values, scale), Float32Array.of(gray * scale))
    }
  })
}

test('a gray model whose manifest says its own shape takes what it is given', () => {
  const spec = { format: 'onnx', input: [8, 8, 1] } as unknown as SubmodelSpec
  const { shape, toModel } = imageInputOf(spec, [8, 8, 1], false)
  assert.deepEqual(shape, [8, 8, 1])
  const values = new Float32Array(64).fill(0.5)
  assert.equal(toModel(values, 1), values)
})
