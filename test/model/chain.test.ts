// Which submodels run one after the other; each row is one way that they do not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SubmodelSpec } from '../../src/domain/submodel.ts'
import { checkChain, type LoadedShapes } from '../../src/model/chain.ts'

const labels = ['daisy', 'roses']
const exit = (index: number) => ({
  index,
  gives: 'logits' as const,
  temperature: 1,
  threshold: 0.8,
  accuracy: undefined,
})
const spec = (name: string, fields: Partial<SubmodelSpec>): SubmodelSpec => ({
  name,
  folder: `/models/${name}`,
  format: 'tfjs-layers',
  family: 'f1',
  version: '1',
  place: undefined,
  input: undefined,
  features: undefined,
  exits: undefined,
  labels,
  preprocessing: undefined,
  ...fields,
})

const edge = spec('edge', {
  place: { index: 0, count: 3 },
  input: [32, 32, 3],
  features: [8, 8, 4],
  exits: [exit(0)],
})
const fog = spec('fog', {
  place: { index: 1, count: 3 },
  input: [8, 8, 4],
  features: [4, 4, 8],
  exits: [exit(1)],
})
const cloud = spec('cloud', {
  place: { index: 2, count: 3 },
  input: [4, 4, 8],
  features: null,
  exits: [exit(2)],
})
const shapes: LoadedShapes[] = [
  { input: [32, 32, 3], features: [8, 8, 4], exits: [2] },
  { input: [8, 8, 4], features: [4, 4, 8], exits: [2] },
  { input: [4, 4, 8], features: null, exits: [2] },
]
const memory = (weights: number[], bias: number[]) => ({ weights, bias, temperature: 1 })
const bare = (name: string) => spec(name, { family: undefined, labels: undefined })

test('submodels in order pass, whole or in part, told or untold', () => {
  checkChain([])
  checkChain([edge, fog, cloud])
  checkChain([fog, cloud], shapes.slice(1))
  checkChain([edge, fog, cloud], shapes)
  checkChain([bare('a'), bare('b'), bare('c')], shapes)
  checkChain([edge, bare('b')])
  const remembering = { ...exit(1), memory: memory([0.5, 1], [0, 0.1]) }
  checkChain([edge, { ...fog, exits: [remembering] }, cloud], shapes)
})

const rows: readonly {
  title: string
  specs: readonly SubmodelSpec[]
  shapes?: readonly LoadedShapes[]
  code: string
  message: RegExp
}[] = [
  {
    title: 'a memory of other exits than there are before it',
    specs: [edge, { ...fog, exits: [{ ...exit(1), memory: memory([1, 1, 1], [0, 0]) }] }],
    code: 'DDNN_MODEL_DAMAGED',
    message: /'\/models\/fog' to have 2 weights in the memory of exits\[0\], got 3/,
  },
  {
    title: 'a memory of an exit without a place',
    specs: [{ ...edge, exits: [{ ...exit(0), index: undefined, memory: memory([1], [0, 0]) }] }],
    code: 'DDNN_MODEL_DAMAGED',
    message: /an index beside the memory of exits\[0\], got none/,
  },
  {
    title: 'a memory of other classes than the labels',
    specs: [edge, { ...fog, exits: [{ ...exit(1), memory: memory([1, 1], [0, 0, 0]) }] }],
    code: 'DDNN_MODEL_DAMAGED',
    message: /a bias for 2 classes in the memory of exits\[0\], got 3/,
  },
  {
    title: 'a memory of other classes than the model, without labels',
    specs: [
      { ...bare('a'), exits: [exit(0)] },
      { ...bare('b'), exits: [{ ...exit(1), memory: memory([1, 1], [0, 0, 0]) }] },
    ],
    shapes: shapes.slice(0, 2),
    code: 'DDNN_MODEL_DAMAGED',
    message: /3 classes, as the memory of exits\[0\], got 2/,
  },
  {
    title: 'two families',
    specs: [edge, { ...fog, family: 'f2' }],
    code: 'DDNN_MODEL_MISMATCH',
    message: /'edge' and 'fog' to be of one family, got f1 and f2/,
  },
  {
    title: 'labels in another order',
    specs: [edge, { ...fog, labels: ['roses', 'daisy'] }],
    code: 'DDNN_MODEL_MISMATCH',
    message: /'edge' and 'fog' to have the same labels .* got daisy, roses and roses, daisy/,
  },
  {
    title: 'the wrong order',
    specs: [fog, edge],
    code: 'DDNN_MODEL_CHAIN',
    message: /'edge' after 'fog' to be submodel 3 of 3, got 1 of 3/,
  },
  {
    title: 'one left out',
    specs: [edge, cloud],
    code: 'DDNN_MODEL_CHAIN',
    message: /'cloud' after 'edge' to be submodel 2 of 3, got 3 of 3/,
  },
  {
    title: 'of two cuts of a network',
    specs: [edge, { ...fog, place: { index: 1, count: 2 }, features: null }],
    code: 'DDNN_MODEL_CHAIN',
    message: /submodel 2 of 3, got 2 of 2/,
  },
  {
    title: 'features that do not fit',
    specs: [edge, { ...fog, input: [9, 8, 4] }],
    code: 'DDNN_MODEL_CHAIN',
    message: /features of 'edge' \(8x8x4\) to fit the input of 'fog' \(9x8x4\)/,
  },
  {
    title: 'features that do not fit, without manifests',
    specs: [bare('a'), bare('b')],
    shapes: [shapes[0]!, shapes[2]!],
    code: 'DDNN_MODEL_CHAIN',
    message: /features of 'a' \(8x8x4\) to fit the input of 'b' \(4x4x8\)/,
  },
  {
    title: 'no features for the next one',
    specs: [bare('a'), bare('b')],
    shapes: [shapes[2]!, shapes[2]!],
    code: 'DDNN_MODEL_CHAIN',
    message: /'a' to give features for 'b', got exits only/,
  },
  {
    title: 'a model of another input than its manifest says',
    specs: [edge],
    shapes: [shapes[1]!],
    code: 'DDNN_MODEL_DAMAGED',
    message: /'\/models\/edge' to have an input of 32x32x3, got 8x8x4 from the model/,
  },
  {
    title: 'a model of other features than its manifest says',
    specs: [edge],
    shapes: [{ ...shapes[0]!, features: null }],
    code: 'DDNN_MODEL_DAMAGED',
    message: /8x8x4 features, got no from the model/,
  },
  {
    title: 'a model of more exits than its manifest says',
    specs: [edge],
    shapes: [{ ...shapes[0]!, exits: [2, 2] }],
    code: 'DDNN_MODEL_DAMAGED',
    message: /1 exits, got 2 from the model/,
  },
  {
    title: 'a model of more classes than labels',
    specs: [edge],
    shapes: [{ ...shapes[0]!, exits: [3] }],
    code: 'DDNN_MODEL_DAMAGED',
    message: /2 classes, as it has labels, got 3/,
  },
  {
    title: 'exits with a gap',
    specs: [{ ...edge, exits: [exit(0), exit(2)] }],
    code: 'DDNN_MODEL_DAMAGED',
    message: /without gaps, got 0, 2/,
  },
  {
    title: 'a place beyond the count',
    specs: [{ ...edge, place: { index: 3, count: 3 } }],
    code: 'DDNN_MODEL_DAMAGED',
    message: /place from 0 to 2, got 3/,
  },
  {
    title: 'a first submodel without features',
    specs: [{ ...edge, features: null }],
    code: 'DDNN_MODEL_DAMAGED',
    message: /place 1 of 3/,
  },
]

for (const row of rows) {
  test(`submodels that do not fit are named: ${row.title}`, () => {
    assert.throws(() => checkChain(row.specs, row.shapes), { code: row.code, message: row.message })
  })
}
