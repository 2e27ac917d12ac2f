// ONNX files of other makers: where they can be cut, what it costs to get there, and that their pieces compute
// what they do.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Backbone } from '../../../src/model/backbone/backbone.ts'
import { Constants } from '../../../src/model/backbone/onnx/constants.ts'
import { proposeCuts } from '../../../src/model/backbone/propose-cuts.ts'
import type { OnnxNode } from '../../../src/model/backbone/onnx/read-onnx.ts'
import type { ConfigError } from '../../../src/errors.ts'
import { assertHead } from '../../helpers/backbone-head.ts'
import { imageOf, openGolden, readAnswers, runInPieces } from '../../helpers/backbone-models.ts'
import { assertClose } from '../../helpers/close.ts'
import { fc } from '../../helpers/property.ts'

const namesOf = ({ cuts }: Backbone) => cuts.map(({ name }) => name)

describe('a network can be cut where every way goes through one tensor', () => {
  test('of residual blocks: between them, never inside of one', async () => {
    const names = namesOf(await openGolden('residual'))
    assert.deepEqual(names, [
      ...['conv1', 'bn1', 'relu1', 'pool1', 'b1_sum', 'b1_out', 'b2_sum', 'b2_out'],
      ...['b3_sum', 'b3_out', 'average', 'flat', 'logits'],
    ])
  })

  test('of gates and swishes: after what is multiplied', async () => {
    const names = namesOf(await openGolden('turned'))
    assert.deepEqual(names, [
      ...['to_first', 'stem', 'stem_swish', 'depthwise', 'gated', 'pointwise', 'relu6', 'to_last'],
      ...['average', 'matmul', 'sum', 'probabilities'],
    ])
  })
})

describe('pieces compute what the whole does', () => {
  for (const name of [
    ...['residual', 'turned', 'fixed', 'tokens', 'classed', 'shuffled'],
    ...['mixer', 'columns'],
  ]) {
    test(name, async () => {
      const backbone = await openGolden(name)
      const { shape, logits } = await readAnswers(name)
      const names = namesOf(backbone).slice(0, -1)
      const cutsOf = fc.subarray(names, { minLength: 0, maxLength: 4 })
      await fc.assert(
        fc.asyncProperty(cutsOf, fc.integer({ min: 0, max: 1 }), async (cuts, k) => {
          const given = await runInPieces(backbone, cuts, imageOf(shape, k), shape)
          assertClose(given, logits[k] ?? [], 1e-5, cuts.join(', '))
        }),
        { numRuns: 8, examples: [[names, 0]] },
      )
    })
  }
})

describe('an exit is the average of its channels and a dense layer', () => {
  for (const [name, cuts] of [
    ['residual', ['relu1', 'b2_sum', 'flat', 'logits']],
    ['turned', ['stem_swish', 'to_last', 'average']],
    ['fixed', ['r2', 'r3']],
    ['tokens', ['tokens', 'block1', 'pooled']],
    ['classed', ['placed', 'block']],
    ['shuffled', ['stem', 'shuffled1']],
    ['mixer', ['tokens', 'mixed1', 'block1', 'block2']],
    ['columns', ['patches', 'block1', 'block2']],
  ] as const) {
    test(name, async () => {
      const backbone = await openGolden(name)
      const { shape } = await readAnswers(name)
      for (const [i, cut] of cuts.entries()) {
        await assertHead(backbone, cut, i % 2 === 1, imageOf(shape, 1), shape)
      }
    })
  }
})

test('shapes, layouts and costs are those of one sample', async () => {
  const residual = await openGolden('residual')
  const { cuts, ...facts } = residual
  assert.deepEqual(residual.input, {
    name: 'image',
    shape: [3, 32, 32],
    batch: undefined,
    dtype: 'float32',
    layout: 'nchw',
  })
  const conv1 = 16 * 16 * 4 * 27
  assert.deepEqual(cuts[2], {
    name: 'relu1',
    op: 'Relu',
    shape: [4, 16, 16],
    layout: 'nchw',
    multiplyAdds: conv1,
    bytes: 4 * 4 * 16 * 16,
  })
  const blocks = 2 * 64 * 4 * 36 + 16 * 8 * (36 + 72 + 4) + 2 * 16 * 8 * 72
  assert.equal(facts.multiplyAdds, conv1 + blocks + 5 * 8)
  assert.deepEqual([facts.classes, facts.gives, facts.lastFeatures], [5, 'logits', 'flat'])
  const turned = await openGolden('turned')
  assert.equal(turned.gives, 'probabilities')
  assert.deepEqual(turned.cutAt('relu6').layout, 'nchw')
  assert.deepEqual(turned.cutAt('to_last'), {
    name: 'to_last',
    op: 'Transpose',
    shape: [6, 8, 12],
    layout: 'nhwc',
    multiplyAdds: 12 * 16 * 6 * 27 + 6 * 8 * 6 * 9 + 36 + 6 * 8 * 72,
    bytes: 4 * 6 * 8 * 12,
  })
  assert.equal((await openGolden('fixed')).input.batch, 1)
  const tokens = await openGolden('tokens')
  // Queries, keys, values; scores and what they mix; two blocks.
  assert.equal(tokens.multiplyAdds, 16 * 8 * 48 + 2 * (3 * 16 * 64 + 2 * 16 * 16 * 8) + 32)
})

test('channels are found behind reshapes and beside tokens, whichever way they are told', async () => {
  const shuffled = await openGolden('shuffled')
  assert.deepEqual(shuffled.input.shape, [3, undefined, undefined])
  for (const name of ['stem', 'shuffled1', 'shuffled2']) {
    assert.equal(shuffled.cutAt(name).layout, 'nchw', name)
  }
  const classed = await openGolden('classed')
  for (const name of ['placed', 'block']) {
    const { shape, layout } = classed.cutAt(name)
    assert.deepEqual([shape, layout], [[17, 8], 'nhwc'], name)
  }
})

test('channels stay where they stood beside matrices over what was turned, however a norm is written', async () => {
  const layoutsOf = async (name: string) => {
    const { cuts } = await openGolden(name)
    return Object.fromEntries(cuts.map((cut) => [cut.name, cut.layout]))
  }
  const mixer = await layoutsOf('mixer')
  for (const name of ['tokens', 'mixed1', 'block1', 'mixed2', 'block2']) {
    assert.equal(mixer[name], 'nhwc', name)
  }
  const columns = await layoutsOf('columns')
  for (const name of ['patches', 'block1', 'block2']) assert.equal(columns[name], 'nchw', name)
})

test('functions are operations of the network: what they cost counts', async () => {
  const { multiplyAdds, gives, cuts } = await openGolden('shuffled')
  assert.equal(multiplyAdds, 64 * 8 * 27 + 2 * 64 * 4 * 36 + 32)
  assert.equal(gives, 'probabilities')
  assert.ok(cuts.some(({ name, op }) => name === 'stem' && op === 'Relu'))
})

test('a weight that is turned without a word of how has its axes the other way round', () => {
  const weight = { shape: [2, 3, 5], raw: Buffer.alloc(0), tensor: undefined }
  const turn = { name: '', op: 'Transpose', inputs: ['w'], outputs: ['t'], attributes: new Map() }
  const constants = new Constants({
    weights: new Map([['w', weight]]),
    nodes: [{ ...turn, raw: Buffer.alloc(0) } as unknown as OnnxNode],
  })
  assert.deepEqual(constants.shapeOf('t'), [5, 3, 2])
})

test('a proposal has two small tensors, a quarter and six tenths of the way', async () => {
  const backbone = await openGolden('residual')
  assert.deepEqual(
    proposeCuts(backbone).map(({ name }) => name),
    ['pool1', 'b1_out'],
  )
})

describe('names that a user types', () => {
  test('are tensors, ends of them, or the operations that make them', async () => {
    const backbone = await openGolden('residual')
    for (const name of ['b1_out', 'node_b1_out']) {
      assert.equal(backbone.cutAt(name).name, 'b1_out')
    }
  })

  for (const [name, message, hint] of [
    ['b1_uot', /a tensor of the network, got 'b1_uot'/, /'b1_out'/],
    ['nothing like it', /got 'nothing like it'/, /--list-exits/],
    ['b1_relu1', /got 'b1_relu1', which 'pool1' goes around/, /nearest .* '(pool1|b1_sum)'/],
  ] as const) {
    test(`'${name}' is refused in true words`, async () => {
      const backbone = await openGolden('residual')
      assert.throws(
        () => backbone.cutAt(name),
        (error: ConfigError) => message.test(error.message) && hint.test(error.hint ?? ''),
      )
    })
  }
})
