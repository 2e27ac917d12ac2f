// scripts/digits.mjs as its users run it, on small files of MNIST's layout that the test writes.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import sharp from 'sharp'
import { repoPath } from '../helpers/paths.ts'

interface Options {
  readonly out: string
  readonly from: string
  readonly apart: number
  readonly isUnchecked: boolean
}

const script = repoPath('scripts', 'digits.mjs')
const { writeDigits, RefusedError } = (await import(pathToFileURL(script).href)) as {
  writeDigits: (options: Options) => Promise<Record<string, number>>
  RefusedError: new () => Error
}
const folder = await mkdtemp(join(tmpdir(), 'ddnn-digits-'))
after(() => rm(folder, { recursive: true, force: true }))

/** Bytes of an IDX file: 0 0 8 N, N sizes, the values. */
function idx(sizes: readonly number[], values: readonly number[]): Buffer {
  const head = Buffer.alloc(4 + 4 * sizes.length)
  head.writeUInt32BE(0x800 + sizes.length)
  for (const [i, size] of sizes.entries()) head.writeUInt32BE(size, 4 + 4 * i)
  return Buffer.concat([head, Buffer.from(values)])
}

// Images of 2 x 3; pixel p of image i is 10 i + p.
const pixels = (count: number) =>
  Array.from({ length: 6 * count }, (_, at) => 10 * Math.floor(at / 6) + (at % 6))
const trainLabels = [7, 0, 7, 3, 0]
const testLabels = [3, 7]

/** A folder of the four files: packed, unpacked, and by the two ways that their names are written. */
async function writeFiles(name: string, more: Record<string, Buffer> = {}): Promise<string> {
  const from = join(folder, name)
  await mkdir(from)
  const files = {
    'train-images-idx3-ubyte.gz': gzipSync(idx([5, 2, 3], pixels(5))),
    'train-labels-idx1-ubyte': idx([5], trainLabels),
    't10k-images.idx3-ubyte': idx([2, 2, 3], pixels(2)),
    't10k-labels.idx1-ubyte.gz': gzipSync(idx([2], testLabels)),
    ...more,
  }
  for (const [file, bytes] of Object.entries(files)) await writeFile(join(from, file), bytes)
  return from
}

test('images lie by set and label, named by their place, and the last for training are kept apart', async () => {
  const from = await writeFiles('whole')
  const out = join(folder, 'made', 'digits')
  const args = [`${out}/`, '--from', from, '--unchecked', '--calibration', '2']
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    encoding: 'utf8',
  })
  assert.equal(status, 0, stderr)
  assert.match(stdout, /3 in .*train, 2 in .*calibration, 2 in .*test/)
  const names = await readdir(out, { recursive: true })
  assert.deepEqual(names.filter((name) => name.includes('.')).sort(), [
    join('calibration', '0', '00004.png'),
    join('calibration', '3', '00003.png'),
    'labels.txt',
    join('test', '3', '00000.png'),
    join('test', '7', '00001.png'),
    join('train', '0', '00001.png'),
    join('train', '7', '00000.png'),
    join('train', '7', '00002.png'),
  ])
  assert.equal(await readFile(join(out, 'labels.txt'), 'utf8'), '0\n3\n7\n')
  const { data, info } = await sharp(join(out, 'train', '7', '00002.png'))
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true })
  assert.deepEqual([info.height, info.width], [2, 3])
  assert.deepEqual([...data], [20, 21, 22, 23, 24, 25])
  assert.deepEqual(await readdir(join(out, '..')), ['digits'])
})

test('what is not as it should be is named, and nothing is written', async () => {
  const whole = join(folder, 'whole')
  const out = join(folder, 'none')
  const short = gzipSync(idx([5, 2, 3], pixels(4)))
  const broken = gzipSync(idx([2], testLabels)).subarray(0, 20)
  const rows: readonly [string, Partial<Options>, RegExp][] = [
    ['of another set', { isUnchecked: false }, /'.*train-images.*' to be MNIST's \(SHA-256 ba89/],
    [
      'cut off',
      { from: await writeFiles('a', { 'train-images-idx3-ubyte.gz': short }) },
      /Expected 30 values in '.*train-images.*', got 24/,
    ],
    [
      'badly packed',
      { from: await writeFiles('b', { 't10k-labels.idx1-ubyte.gz': broken }) },
      /t10k-labels.*packed by gzip/,
    ],
    [
      'with too few labels',
      { from: await writeFiles('c', { 'train-labels-idx1-ubyte': idx([4], [1, 2, 3, 4]) }) },
      /a label for each of 5 images, got 4/,
    ],
    [
      'of another kind',
      { from: await writeFiles('d', { 'train-labels-idx1-ubyte': Buffer.from('not one') }) },
      /train-labels.*an IDX file/,
    ],
    ['missing', { from: folder }, /train-images-idx3-ubyte\.gz or .* got none/],
    ['all kept apart', { apart: 5 }, /below the 5 images/],
    ['where a folder is', { out: whole }, /Expected no '.*whole', got one/],
  ]
  for (const [name, more, expected] of rows) {
    const isExpected = (error: unknown) =>
      error instanceof RefusedError && expected.test(error.message)
    const options = { out, from: whole, apart: 2, isUnchecked: true, ...more }
    await assert.rejects(writeDigits(options), isExpected, name)
  }
  assert.ok(!(await readdir(folder)).some((name) => name.startsWith('none')))
})
