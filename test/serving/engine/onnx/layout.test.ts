// Which models take images with their channels first, as rows: a guess that is wrong gives wrong answers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SubmodelSpec } from '../../../../src/domain/submodel.ts'
import { channelsLast, takesChannelsFirst } from '../../../../src/serving/engine/onnx/layout.ts'

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
  ['a compiled layers model', { format: 'tfjs-layers' }, [3, 64, 64], false],
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
