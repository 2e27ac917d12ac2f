// CIFAR-10's binary layout: the contract of inputs, planes to pixels, sizes that are wrong.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { truncateSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { ConfigError, DdnnError } from '../../src/errors.ts'
import { createCifar10 } from '../../src/input/cifar10.ts'
import { inputContract } from '../contract/input-contract.ts'
import { repoPath } from '../helpers/paths.ts'
import { drawImage, tempFolder, writeFiles } from './folders.ts'

const classes = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ')

/** Records whose pixels are (record + place) mod 256, planes of red, green and blue. */
function batch(labels: readonly number[], first = 0): Uint8Array {
  return Buffer.concat(
    labels.map((label, i) =>
      Uint8Array.from({ length: 3073 }, (_, at) => (at === 0 ? label : first + i + at - 1)),
    ),
  )
}

const many = Array.from({ length: 300 }, (_, i) => (i * 7) % 10)
const meta = `${classes.join('\n')}\n\n`
const data = (change: Record<string, string | Uint8Array> = {}) =>
  writeFiles(tempFolder(), {
    'batches.meta.txt': meta,
    'test_batch.bin': batch(many),
    ...change,
  })
const folder = data()

inputContract('CIFAR-10', () =>
  createCifar10({ folder: data({ 'test_batch.bin': batch([3, 9, 0]) }) }),
)

test('labels come from the records and the meta file', async () => {
  const input = await createCifar10({ folder })
  assert.deepEqual(input.labels, classes)
  const labels = [...input.samples()].map((sample) => sample.label)
  assert.deepEqual(labels, many)
  await input.close()
})

test('planes become RGB pixels', async () => {
  const input = await createCifar10({ folder })
  const sample = [...input.samples()][2]
  assert.equal(sample?.file, 'test_batch.bin#2')
  const tensor = await sample?.read()
  assert.equal(tensor?.dtype, 'uint8')
  assert.deepEqual(tensor?.shape, [32, 32, 3])
  for (const [row, column] of [
    [0, 0],
    [0, 31],
    [31, 31],
    [17, 5],
  ] as const) {
    const at = row * 32 + column
    const expected = [0, 1024, 2048].map((plane) => (2 + at + plane) % 256)
    assert.deepEqual(Array.from(tensor?.data.subarray(3 * at, 3 * at + 3) ?? []), expected)
  }
  await input.close()
})

test('the folder of the data set may be named, or the one that it stands in', async () => {
  const parent = writeFiles(tempFolder(), {
    'cifar-10-batches-bin/batches.meta.txt': meta,
    'cifar-10-batches-bin/test_batch.bin': batch([1]),
  })
  const input = await createCifar10({ folder: parent })
  assert.equal(input.count, 1)
  await input.close()
})

test('training batches follow each other', async () => {
  const files = [1, 2, 3, 4, 5].map((n) => [`data_batch_${n}.bin`, batch([n, n])] as const)
  const input = await createCifar10({
    folder: data(Object.fromEntries(files)),
    batches: 'training',
  })
  const samples = [...input.samples()]
  assert.deepEqual(
    samples.map((sample) => sample.label),
    [1, 1, 2, 2, 3, 3, 4, 4, 5, 5],
  )
  assert.equal(samples[9]?.index, 9)
  await input.close()
})

test('a labels file of the user comes before the meta file', async () => {
  const labelsFile = join(
    writeFiles(tempFolder(), { 'my.txt': 'a\nb\nc\nd\ne\nf\ng\nh\ni\nj' }),
    'my.txt',
  )
  const input = await createCifar10({ folder, labelsFile })
  assert.equal(input.labels[9], 'j')
  await input.close()
})

test("batches without a meta file have CIFAR-10's own labels", async () => {
  const input = await createCifar10({
    folder: writeFiles(tempFolder(), { 'test_batch.bin': batch([1]) }),
  })
  assert.deepEqual(input.labels, classes)
  await input.close()
})

test('where there is no batch the command that fetches them is named', async () => {
  await assert.rejects(createCifar10({ folder: tempFolder() }), (error) => {
    assert.match((error as ConfigError).hint ?? '', /ddnn download cifar10/)
    return true
  })
})

test("the example of docs/data.md writes a user's images as a batch", async () => {
  const [red, blue] = [await drawImage('#f00', 'png', 32), await drawImage('#00f', 'png', 64)]
  const images = writeFiles(tempFolder(), { 'b/1.png': blue, 'a/2.png': red, 'a/1.png': red })
  const written = join(tempFolder(), 'out', 'test_batch.bin')
  const script = repoPath('docs', 'examples', 'write-cifar10-batch.js')
  execFileSync(process.execPath, [script, images, written])
  const input = await createCifar10({ folder: dirname(written) })
  assert.deepEqual(input.labels, ['a', 'b'])
  const samples = [...input.samples()]
  assert.deepEqual(
    samples.map(({ label }) => label),
    [0, 0, 1],
  )
  for (const [i, colour] of [
    [0, [255, 0, 0]],
    [2, [0, 0, 255]],
  ] as const) {
    const tensor = await samples[i]?.read()
    assert.deepEqual(Array.from(tensor?.data.subarray(0, 6) ?? []), [...colour, ...colour])
  }
  await input.close()
})

const failures: readonly (readonly [string, string, string, () => string])[] = [
  ['no batch', 'DDNN_INPUT_MISSING', 'test_batch.bin', () => tempFolder()],
  [
    'a meta file without names',
    'DDNN_INPUT_MISSING',
    'batches.meta.txt',
    () => data({ 'batches.meta.txt': '\n' }),
  ],
  [
    'a record cut short',
    'DDNN_CONFIG_INVALID',
    '3073',
    () => data({ 'test_batch.bin': batch([1, 2]).subarray(0, 5000) }),
  ],
  ['an empty batch', 'DDNN_CONFIG_INVALID', '0 bytes', () => data({ 'test_batch.bin': '' })],
  [
    'a label without a name',
    'DDNN_CONFIG_INVALID',
    '10',
    () => data({ 'test_batch.bin': batch([10]) }),
  ],
]
for (const [what, code, named, make] of failures) {
  test(`${what}: ${code}, named`, async () => {
    await assert.rejects(createCifar10({ folder: make() }), (error) => {
      assert.ok(error instanceof ConfigError, String(error))
      assert.equal(error.code, code)
      assert.ok(error.message.includes(named), error.message)
      return true
    })
  })
}

test('a batch that shrinks while it is used makes samples unreadable', async () => {
  const shrinking = data()
  const input = await createCifar10({ folder: shrinking })
  truncateSync(join(shrinking, 'test_batch.bin'), 3073 + 10)
  const samples = [...input.samples()]
  await samples[0]?.read()
  await assert.rejects(
    async () => samples[1]?.read(),
    (error) => error instanceof DdnnError && error.code === 'DDNN_INPUT_UNREADABLE',
  )
  await input.close()
})
