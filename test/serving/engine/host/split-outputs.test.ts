// How outputs are told apart, with and without a manifest, as rows.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SubmodelSpec } from '../../../../src/domain/submodel.ts'
import type { Shape } from '../../../../src/domain/tensor.ts'
import {
  splitOutputs,
  type ModelOutput,
} from '../../../../src/serving/engine/host/split-outputs.ts'

function spec(fields: Partial<SubmodelSpec> = {}): SubmodelSpec {
  return { name: 'edge', folder: '/models/edge', format: 'tfjs-layers', ...fields } as SubmodelSpec
}

/** In the order of the model, named as Keras 3 exports them. */
function outputsOf(shapes: readonly Shape[]): ModelOutput[] {
  return shapes.map((shape, i) => ({ name: `output_${i}`, shape }))
}

const rows: readonly {
  title: string
  spec?: Partial<SubmodelSpec>
  outputs: readonly Shape[]
  features: number | null
  exits: readonly number[]
}[] = [
  {
    title: 'an image of features, then an exit',
    outputs: [[8, 8, 12], [5]],
    features: 0,
    exits: [1],
  },
  { title: 'the last submodel: one exit', outputs: [[5]], features: null, exits: [0] },
  {
    title: 'a whole model: exits only',
    outputs: [[5], [5], [5]],
    features: null,
    exits: [0, 1, 2],
  },
  { title: 'a dense layer as features', outputs: [[1024], [5]], features: 0, exits: [1] },
  {
    title: 'a dense layer and two exits',
    outputs: [[1024], [5], [5]],
    features: 0,
    exits: [1, 2],
  },
  {
    title: "a SavedModel's outputs sorted by name: features stand last",
    outputs: [[5], [5], [64]],
    features: 2,
    exits: [0, 1],
  },
  {
    title: 'features of several axes stand anywhere',
    outputs: [[5], [4, 4, 8]],
    features: 1,
    exits: [0],
  },
  { title: 'features alone, without an exit', outputs: [[4, 4, 8]], features: 0, exits: [] },
  {
    title: 'the manifest says features as wide as the exit',
    spec: { features: [5] },
    outputs: [[5], [5]],
    features: 0,
    exits: [1],
  },
  {
    title: 'the manifest says no features',
    spec: { features: null },
    outputs: [[7], [5]],
    features: null,
    exits: [0, 1],
  },
]

for (const row of rows) {
  test(`outputs are told apart: ${row.title}`, () => {
    const { features, exits } = splitOutputs(spec(row.spec), outputsOf(row.outputs))
    assert.deepEqual({ features, exits }, { features: row.features, exits: row.exits })
  })
}

for (const [title, fields, outputs] of [
  ['two images', {}, [[8, 8, 1], [4, 4, 1], [5]]],
  ['vectors of three widths', {}, [[64], [7], [5]]],
  ['no such features', { features: [9, 9, 1] }, [[8, 8, 12], [5]]],
  ['an image where the manifest says exits only', { features: null }, [[8, 8, 12], [5]]],
] as const) {
  test(`outputs that nobody can tell apart are named: ${title}`, () => {
    assert.throws(() => splitOutputs(spec(fields), outputsOf(outputs)), {
      code: 'DDNN_MODEL_DAMAGED',
      message: /'\/models\/edge'/,
    })
  })
}

const vectors = (...outputs: readonly (readonly [string, number])[]): ModelOutput[] =>
  outputs.map(([name, width]) => ({ name, shape: [width] }))

for (const [title, fields, outputs, features, exits] of [
  [
    'features of several axes and one exit',
    {},
    [...vectors(['dense', 5]), { name: 'max_pooling2d', shape: [4, 4, 8] }],
    1,
    [0],
  ],
  [
    'exits that are numbered',
    {},
    vectors(['exit_10', 5], ['exit_2', 5], ['exit', 5]),
    null,
    [2, 1, 0],
  ],
  [
    'the one vector of another width',
    {},
    vectors(['exit1', 5], ['exit2', 5], ['f', 64]),
    2,
    [0, 1],
  ],
  ['widths, by the labels', { labels: ['a', 'b'] }, vectors(['exit', 2], ['flat', 64]), 1, [0]],
  ['features of the manifest', { features: [64] }, vectors(['exit', 10], ['flat', 64]), 1, [0]],
] as const) {
  test(`outputs in no known order are told apart: ${title}`, () => {
    assert.deepEqual(splitOutputs(spec(fields), outputs, false), { features, exits })
  })
}

for (const [title, fields, outputs] of [
  // Kafka-ML's example: the features are 64 wide, and either may be the exit for all that one sees.
  ['two vectors', {}, vectors(['edge_output', 10], ['output_to_fog', 64])],
  ['exits by name', {}, vectors(['cloud', 5], ['edge', 5], ['fog', 5])],
  ['names that a converter lost', {}, vectors(['Identity:0', 5], ['Identity_1:0', 5])],
  ['features as wide as the exit', { features: [5] }, vectors(['dense', 5], ['flat', 5])],
] as const) {
  test(`outputs in no known order are refused with the way to say it: ${title}`, () => {
    assert.throws(() => splitOutputs(spec(fields), outputs, false), {
      code: 'DDNN_MODEL_DAMAGED',
      hint: /ddnn\.json, features first: .*"outputs"/,
    })
  })
}
