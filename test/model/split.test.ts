// --split as text: which tiers it names, and what is refused.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSplit } from '../../src/model/split.ts'

const submodels = ['model_1', 'model_2', 'model_3', 'model_4']

test('names, ranges, commas and spaces give the same tiers', () => {
  const wanted = [
    { tier: 'edge', submodels: ['model_1', 'model_2'] },
    { tier: 'fog', submodels: ['model_3'] },
    { tier: 'cloud', submodels: ['model_4'] },
  ]
  for (const texts of [
    ['edge=model_1+model_2,fog=model_3,cloud=model_4'],
    ['edge=model_1..model_2', 'fog=model_3', 'cloud=model_4'],
    ['edge = model_1 .. model_2, fog = model_3,', ' cloud = model_4..model_4'],
  ]) {
    assert.deepEqual(parseSplit(texts, submodels, ['model']), wanted)
  }
})

test('names that hold dots are names first', () => {
  const dotted = ['a', 'a..b', 'b']
  assert.deepEqual(parseSplit(['x=a+a..b', 'y=b'], dotted, []), [
    { tier: 'x', submodels: ['a', 'a..b'] },
    { tier: 'y', submodels: ['b'] },
  ])
})

test('a tier may have the name of the one submodel it is, or hold all as the whole model does', () => {
  const [edge] = parseSplit(['edge=edge', 'rest=fog+cloud'], ['edge', 'fog', 'cloud'], ['model'])
  assert.deepEqual(edge, { tier: 'edge', submodels: ['edge'] })
  assert.equal(parseSplit(['model=edge..cloud'], ['edge', 'fog', 'cloud'], ['model']).length, 1)
})

for (const [what, text, message] of [
  ['an unknown submodel', 'a=model_1..model_3,b=modell_4', /model_1, model_2.*got 'modell_4'/],
  ['an unknown end of a range', 'a=model_1..model_9', /got 'model_9'/],
  ['a submodel left out', 'a=model_1,b=model_3..model_4', /all submodels.*none of model_2/],
  ['a submodel named twice', 'a=model_1..model_3,b=model_3+model_4', /once, got 'model_3' twice/],
  [
    'a wrong order',
    'a=model_2+model_1,b=model_3..model_4',
    /order.*'model_2' in place of 'model_1'/,
  ],
  ['tiers in a wrong order', 'a=model_3..model_4,b=model_1..model_2', /'model_3' in place of/],
  ['a range backwards', 'a=model_4..model_1', /a range in the order/],
  ['a tier named twice', 'a=model_1,b=model_2,A=model_3..model_4', /each tier once, got 'A' twice/],
  ['the name of a submodel', 'model_2=model_1..model_4', /'model_2', the folder of a submodel/],
  ['its name in capitals', 'MODEL_2=model_1..model_4', /'MODEL_2', the folder of a submodel/],
  ['the name of the whole', 'model=model_1,b=model_2..model_4', /the folder of the whole model/],
  ['a path as a tier', '../a=model_1..model_4', /TIER=SUBMODEL/],
  ['a tier without submodels', 'a=', /TIER=SUBMODEL.*got 'a='/],
  ['a word alone', 'model_1', /TIER=SUBMODEL/],
  ['nothing', ',', /at least one tier/],
] as const) {
  test(`${what} is refused: ${text}`, () => {
    assert.throws(() => parseSplit([text], submodels, ['model']), {
      code: 'DDNN_CONFIG_INVALID',
      message,
    })
  })
}
