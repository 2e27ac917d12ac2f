// --preprocess: the examples of the docs, and what is wrong with other modules.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { DdnnError } from '../../src/errors.ts'
import { loadPreprocess } from '../../src/input/preprocess-module.ts'
import { repoPath } from '../helpers/paths.ts'
import { drawImage, tempFolder, writeFiles } from './folders.ts'

const source = { bytes: await drawImage('#ff0000'), file: 'rose/a.jpg', height: 8, width: 16 }

test('the example of the docs keeps the aspect and gives floats', async () => {
  const preprocess = await loadPreprocess(repoPath('docs', 'examples', 'preprocess-keep-aspect.js'))
  const tensor = await preprocess(source)
  assert.equal(tensor.dtype, 'float32')
  assert.deepEqual(tensor.shape, [8, 16, 3])
  // A square image in a wide frame: bars at the sides, red in the middle.
  const grey = Math.fround(128 / 255)
  assert.deepEqual(Array.from(tensor.data.subarray(0, 3)), [grey, grey, grey])
  const middle = (4 * 16 + 8) * 3
  assert.ok((tensor.data[middle] ?? 0) > 0.9 && (tensor.data[middle + 1] ?? 1) < 0.1)
})

const folder = writeFiles(tempFolder(), {
  'sync.mjs': 'export const preprocess = () => ({ data: new Uint8Array([1, 2]), shape: [2] })',
  'buffer.mjs': 'export const preprocess = () => ({ data: Buffer.from([1, 2]), shape: [2] })',
  'none.mjs': 'export const other = 1',
  'default.mjs': 'export default () => 1',
  'text.mjs': 'export const preprocess = "no"',
  'syntax.mjs': 'export const = 1',
  'throws.mjs': 'export const preprocess = () => { throw new Error("too dark") }',
  'nothing.mjs': 'export const preprocess = () => undefined',
  'list.mjs': 'export const preprocess = () => ({ data: [1, 2], shape: [2] })',
  'short.mjs': 'export const preprocess = () => ({ data: new Uint8Array(3), shape: [2, 2] })',
  'fraction.mjs': 'export const preprocess = () => ({ data: new Uint8Array(2), shape: [0.5, 4] })',
  'double.mjs': 'export const preprocess = () => ({ data: new Float64Array(2), shape: [2] })',
})

for (const name of ['sync.mjs', 'buffer.mjs']) {
  test(`uint8 values of ${name} are taken`, async () => {
    const tensor = await (await loadPreprocess(join(folder, name)))(source)
    assert.equal(tensor.dtype, 'uint8')
    assert.deepEqual(Array.from(tensor.data), [1, 2])
  })
}

for (const name of ['none.mjs', 'default.mjs', 'text.mjs', 'syntax.mjs', 'missing.mjs']) {
  test(`${name} is no module for --preprocess`, async () => {
    await assert.rejects(loadPreprocess(join(folder, name)), code('DDNN_MODULE_INVALID', name))
  })
}

for (const name of ['nothing.mjs', 'list.mjs', 'short.mjs', 'fraction.mjs', 'double.mjs']) {
  test(`what ${name} gives is no tensor`, async () => {
    const preprocess = await loadPreprocess(join(folder, name))
    await assert.rejects(preprocess(source), code('DDNN_MODULE_INVALID', name))
  })
}

test('what a module throws makes one sample unreadable', async () => {
  const preprocess = await loadPreprocess(join(folder, 'throws.mjs'))
  await assert.rejects(preprocess(source), code('DDNN_INPUT_UNREADABLE', 'too dark'))
})

function code(expected: string, named: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof DdnnError, String(error))
    assert.equal(error.code, expected)
    assert.ok(error.message.includes(named), error.message)
    return true
  }
}
