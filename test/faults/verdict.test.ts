// What the chaos run calls lost, wrong and double: a verdict that sees nothing would always be good.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { repoPath } from '../helpers/paths.ts'

type Row = Readonly<Record<string, string>>
type Verdict = Readonly<Record<'lost' | 'wrong' | 'double' | 'fallbacks' | 'worstMs', number>> & {
  readonly errors: Readonly<Record<string, number>>
}

const script = pathToFileURL(repoPath('bench', 'faults', 'verdict.mjs')).href
const { judge } = (await import(script)) as {
  readonly judge: (
    rows: readonly Row[],
    images: number,
    expected: ReadonlyMap<string, Row>,
  ) => Verdict
}

const row = (file: string, change: Row = {}): Row => ({
  File: file,
  Edge_Prediction: '1',
  Fog_Prediction: '2',
  Cloud_Prediction: '2',
  Prediction_Time: '0.250000',
  Confidence: '0.800000',
  Fallback: 'false',
  Error: '',
  ...change,
})
const expected = new Map(['a/0.jpg', 'a/1.jpg'].map((file) => [file, row(file)]))
const good = [row('a/00000--0.jpg'), row('a/00001--1.jpg'), row('a/00002--0.jpg')]
const none = { Edge_Prediction: '', Fog_Prediction: '', Cloud_Prediction: '' }
const [first, second, third] = good as [Row, Row, Row]

for (const [what, rows, counts] of [
  ['every image answered as locally', good, {}],
  ['an image without a row', good.slice(1), { lost: 1 }],
  ['a row without an answer', [first, second, { ...third, ...none, Error: 'X: y' }], { lost: 1 }],
  [
    'a prediction of -1',
    [first, second, { ...third, ...none, Cloud_Prediction: '-1' }],
    { lost: 1 },
  ],
  ['a row twice', [...good, third], { double: 1 }],
  ['another prediction', [first, second, { ...third, Cloud_Prediction: '3' }], { wrong: 1 }],
  ['the answer of another image', [first, second, { ...third, Confidence: '0.7' }], { wrong: 1 }],
  [
    'an answer of a tier too near',
    [first, second, { ...third, Cloud_Prediction: '' }],
    { wrong: 1 },
  ],
  [
    'a fallback that says what its tier says',
    [first, second, { ...third, Cloud_Prediction: '', Confidence: '0.5', Fallback: 'true' }],
    { fallbacks: 1 },
  ],
  [
    'a fallback that says something else',
    [
      first,
      second,
      {
        ...third,
        Fog_Prediction: '',
        Cloud_Prediction: '',
        Edge_Prediction: '0',
        Fallback: 'true',
      },
    ],
    { fallbacks: 1, wrong: 1 },
  ],
] as const) {
  test(`${what}: ${JSON.stringify(counts)}`, () => {
    const { lost, wrong, double, fallbacks } = judge(rows, 3, expected)
    assert.deepEqual(
      { lost, wrong, double, fallbacks },
      { lost: 0, wrong: 0, double: 0, fallbacks: 0, ...counts },
    )
  })
}

test('the worst answer is the longest one, and errors are counted by code', () => {
  const rows = [first, { ...second, Prediction_Time: '12.5' }, { ...third, ...none, Error: 'X: y' }]
  const { worstMs, errors } = judge(rows, 3, expected)
  assert.equal(worstMs, 12_500)
  assert.deepEqual(errors, { X: 1 })
})
