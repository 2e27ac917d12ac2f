import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { readFixedTime } from '../../src/model/fixed-time.ts'
import { readModelFolder } from '../../src/model/folder.ts'
import { repoPath } from '../helpers/paths.ts'

let folder = ''
before(async () => (folder = await mkdtemp(join(tmpdir(), 'ddnn-fixed-time-'))))
after(() => rm(folder, { recursive: true }))

const write = (name: string, value: unknown) =>
  writeFile(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value))

test('a folder with a fixed-time.json is a submodel, and its times have defaults', async () => {
  await write('fixed-time.json', { format: 1, sampleMs: 20, input: [8, 8, 3], exits: [5] })
  const [spec] = await readModelFolder(folder)
  assert.equal(spec?.format, 'fixed-time')
  assert.equal(spec?.features, undefined)
  assert.deepEqual(await readFixedTime(folder), {
    format: 1,
    passMs: 0,
    sampleMs: 20,
    input: [8, 8, 3],
    features: null,
    exits: [5],
  })
})

test('the example of docs/scaling.md is one', async () => {
  const page = await readFile(repoPath('docs', 'scaling.md'), 'utf8')
  const [, example = ''] = /```json\n([^`]*)```/.exec(page) ?? []
  await write('fixed-time.json', example)
  const { input, features } = await readFixedTime(folder)
  assert.deepEqual({ input, features }, { input: [180, 180, 3], features: [23, 23, 32] })
})

const good = { format: 1, sampleMs: 20, input: [8], exits: [5] }
for (const [what, value, named] of [
  ['text', 'sampleMs: 20', /file/],
  ['no time', { ...good, sampleMs: undefined }, /sampleMs/],
  ['a time below 0', { ...good, passMs: -1 }, /passMs/],
  ['an hour', { ...good, sampleMs: 3_600_000 }, /sampleMs/],
  ['no exit', { ...good, exits: [] }, /exits/],
  ['one class', { ...good, exits: [1] }, /exits/],
  ['an open axis', { ...good, input: [0, 3] }, /input/],
  ['a field that is none', { ...good, ms: 3 }, /ms/],
] as const) {
  test(`${what} in a fixed-time.json is refused by the name of its field`, async () => {
    await write('fixed-time.json', value)
    await assert.rejects(readModelFolder(folder), { code: 'DDNN_MODEL_DAMAGED', message: named })
  })
}

test('a stand-in without its file is missing', async () => {
  await assert.rejects(readFixedTime(join(folder, 'nowhere')), { code: 'DDNN_MODEL_MISSING' })
})
