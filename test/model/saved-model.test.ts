// What a SavedModel's files say without TensorFlow, on messages written here byte by byte. Files that
// Keras wrote are read in test/peers/foreign-models.test.ts.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { readKerasOutputs } from '../../src/model/saved-model.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ddnn-saved-'))
})
after(() => rm(folder, { recursive: true }))

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
}

function field(number: number, value: string | Buffer): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes])
}

/** node_id = 2, a number, stands between. */
function node(path: string, metadata: object): Buffer {
  const id = Buffer.from([2 * 8, 200, 1])
  return field(1, Buffer.concat([id, field(3, path), field(5, JSON.stringify(metadata))]))
}

const network = (layers: unknown) => ({
  class_name: 'Functional',
  config: { output_layers: layers },
})

for (const [title, layers, names] of [
  [
    'a list',
    [
      ['pool', 0, 0],
      ['dense', 0, 0],
    ],
    ['pool', 'dense'],
  ],
  ['one output', ['dense', 0, 0], ['dense']],
  [
    'a layer that gives two',
    [
      ['dense', 0, 0],
      ['dense', 1, 0],
    ],
    ['dense', 'dense_1'],
  ],
  ['a dictionary, which has no order', { a: ['dense', 0, 0] }, undefined],
] as const) {
  test(`Keras' metadata tells the outputs of a network: ${title}`, async () => {
    const other = node('root.layer-0', network([['other', 0, 0]]))
    const bytes = Buffer.concat([other, node('root', network(layers))])
    await writeFile(join(folder, 'keras_metadata.pb'), bytes)
    assert.deepEqual(await readKerasOutputs(folder), names)
    await rm(join(folder, 'keras_metadata.pb'))
  })
}

test('a SavedModel without metadata says nothing, whatever is in its files', async () => {
  for (const bytes of [
    field(2, field(7, field(1, field(5, 'x')))),
    Buffer.from('no message'),
    '',
  ]) {
    await writeFile(join(folder, 'saved_model.pb'), bytes)
    assert.equal(await readKerasOutputs(folder), undefined)
  }
})
