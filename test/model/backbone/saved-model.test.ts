// SavedModels of other makers, read without TensorFlow: functions written out, variables from the checkpoint.
// What they give is held against Keras; pieces and exits against the whole.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Backbone } from '../../../src/model/backbone/backbone.ts'
import { assertHead } from '../../helpers/backbone-head.ts'
import {
  imageOf,
  openForTest,
  openGolden,
  readAnswers,
  runInPieces,
} from '../../helpers/backbone-models.ts'
import { assertClose } from '../../helpers/close.ts'
import { repoPath } from '../../helpers/paths.ts'
import { fc } from '../../helpers/property.ts'

const namesOf = ({ cuts }: Backbone) => cuts.map(({ name }) => name)

test('cuts are called as their layers are, without the calls that they stood in', async () => {
  const backbone = await openGolden('exported')
  assert.deepEqual(
    namesOf(backbone).map((name) => name.replace('exported_1/', '')),
    [
      ...['rescaling_1/mul', 'rescaling_1/add', 'stem_1/convolution', 'stem_bn_1/batchnorm/mul_1'],
      ...['stem_bn_1/batchnorm/add_1', 'stem_relu_1/Relu6', 'sum_1/Add', 'relu_1/Relu'],
      ...['pool_1/MaxPool2d', 'average_1/Mean', 'classes_1/MatMul', 'classes_1/BiasAdd'],
      ...['classes_1/Softmax', 'StatefulPartitionedCall_1/Identity'],
    ],
  )
  assert.equal(backbone.cutAt('stem_relu').op, 'Relu6')
  assert.throws(() => backbone.cutAt('swish'), /goes? around/)
  const pixels = 12 * 12
  assert.equal(backbone.multiplyAdds, pixels * 4 * 27 + pixels * 36 + 16 + pixels * 16 + 20)
  assert.equal(backbone.gives, 'probabilities')
  assert.equal(backbone.classes, 5)
})

describe('pieces compute what Keras does', () => {
  for (const name of ['exported', 'module', 'grouped']) {
    test(name, async () => {
      const backbone = await openGolden(name)
      const { shape, logits } = await readAnswers(name)
      const names = namesOf(backbone).slice(0, -1)
      const cutsOf = fc.subarray(names, { minLength: 0, maxLength: 3 })
      await fc.assert(
        fc.asyncProperty(cutsOf, fc.integer({ min: 0, max: 1 }), async (cuts, k) => {
          const given = await runInPieces(backbone, cuts, imageOf(shape, k), shape)
          assertClose(given, logits[k] ?? [], 1e-5, cuts.join(', '))
        }),
        { numRuns: 6, examples: [[names, 0]] },
      )
      for (const [i, cut] of names.filter((_, at) => at % 3 === 1).entries()) {
        await assertHead(backbone, cut, i % 2 === 1, imageOf(shape, 1), shape)
      }
    })
  }
})

test('of features and logits the logits are what the network gives', async () => {
  for (const form of ['graph', 'saved-model']) {
    const path = repoPath('test', 'golden', 'engine', 'small', form)
    const backbone = await openForTest(path)
    assert.equal(backbone.classes, 3)
    assert.equal(backbone.cuts.at(-1)?.shape.length, 1)
  }
})
