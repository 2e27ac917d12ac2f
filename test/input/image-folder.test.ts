// Image folders: the contract of inputs, their order, and everything that a user gets wrong.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ConfigError, DdnnError, type ErrorCode } from '../../src/errors.ts'
import { createImageDecoder } from '../../src/input/decode.ts'
import { createImageFolder, type ImageFolderOptions } from '../../src/input/image-folder.ts'
import { limitInput } from '../../src/input/limit.ts'
import { loadPreprocess } from '../../src/input/preprocess-module.ts'
import { inputContract } from '../contract/input-contract.ts'
import { repoPath } from '../helpers/paths.ts'
import { createWarnings, drawImage, tempFolder, writeFiles } from './folders.ts'

const red = await drawImage('#c01010')
const blue = await drawImage('#1010c0')
const photos = writeFiles(tempFolder(), {
  'rose/b.jpg': red,
  'rose/a.JPG': red,
  'rose/c.jpeg': red,
  'rose/notes.txt': 'no image',
  'rose/._a.jpg': 'of a file manager',
  'rose/p.png': await drawImage('#10c010', 'png'),
  'iris/10.jpg': blue,
  'iris/9.jpg': blue,
  'labels.txt': 'rose\niris\n',
})

const options = (change: Partial<ImageFolderOptions> = {}): ImageFolderOptions => ({
  folder: photos,
  labelsFile: join(photos, 'labels.txt'),
  format: 'jpg',
  height: 6,
  width: 4,
  decoder: createImageDecoder(),
  ...change,
})

inputContract('an image folder', () => createImageFolder(options()))
inputContract('the first of an image folder', async () =>
  limitInput(await createImageFolder(options()), 3),
)
inputContract('an image folder with a preprocess module', async () =>
  createImageFolder(
    options({
      preprocess: await loadPreprocess(repoPath('docs', 'examples', 'preprocess-keep-aspect.js')),
    }),
  ),
)

const filesOf = async (change: Partial<ImageFolderOptions>) =>
  [...(await createImageFolder(options(change))).samples()].map(({ file, label }) => [file, label])

test('samples are in the order of the labels, then of the names; jpg takes .JPG and .jpeg', async () => {
  assert.deepEqual(await filesOf({}), [
    ['rose/a.JPG', 0],
    ['rose/b.jpg', 0],
    ['rose/c.jpeg', 0],
    ['iris/10.jpg', 1],
    ['iris/9.jpg', 1],
  ])
})

test('labels in another order give other indices', async () => {
  const files = await filesOf({ labels: ['iris', 'rose'] })
  assert.deepEqual(files[0], ['iris/10.jpg', 0])
  assert.deepEqual(files.at(-1), ['rose/c.jpeg', 1])
})

test('a format may have a dot and capitals', async () => {
  assert.deepEqual(await filesOf({ format: '.PNG', labels: ['rose'] }), [['rose/p.png', 0]])
})

test('nothing is read before its turn', async () => {
  let decoded = 0
  const input = await createImageFolder(
    options({
      decoder: () => {
        decoded++
        return Promise.resolve(new Uint8Array(72))
      },
    }),
  )
  const samples = [...input.samples()]
  assert.equal(decoded, 0)
  await samples[1]?.read()
  assert.equal(decoded, 1)
})

test('a sample is RGB pixels of the size that was asked for', async () => {
  const [sample] = (await createImageFolder(options({ labels: ['rose'] }))).samples()
  const tensor = await sample?.read()
  assert.deepEqual(tensor?.shape, [6, 4, 3])
  const [r = 0, g = 255] = tensor?.data ?? []
  assert.ok(r > 170 && g < 40)
})

test('a JPEG may travel as it is', async () => {
  const [sample] = (await createImageFolder(options())).samples()
  const encoded = await sample?.encoded?.()
  assert.deepEqual(Buffer.from(encoded?.bytes ?? []), red)
  assert.deepEqual(encoded?.shape, [6, 4, 3])
})

test('other formats, and images with own preprocessing, do not travel as they are', async () => {
  const [png] = (await createImageFolder(options({ format: 'png', labels: ['rose'] }))).samples()
  assert.ok(png !== undefined && !('encoded' in png))
  const preprocess = () => Promise.reject(new Error('not called'))
  const [own] = (await createImageFolder(options({ preprocess }))).samples()
  assert.ok(own !== undefined && !('encoded' in own))
})

test('a turned photo goes as its file only to who is known to turn it as it is read here', async () => {
  const turned = readFileSync(repoPath('test', 'golden', 'input', 'brought', 'turned-6.jpg'))
  const folder = writeFiles(tempFolder(), { 'rose/t.jpg': turned, 'rose/u.jpg': red })
  const encodedOf = async (change: Partial<ImageFolderOptions>) => {
    const samples = (
      await createImageFolder(options({ folder, labels: ['rose'], ...change }))
    ).samples()
    return Promise.all([...samples].map(async (sample) => (await sample.encoded?.()) !== undefined))
  }
  assert.deepEqual(await encodedOf({}), [false, true], 'nobody knows what the front does')
  assert.deepEqual(await encodedOf({ ofFiles: 'apply' }), [true, true])
  assert.deepEqual(await encodedOf({ ofFiles: 'ignore' }), [false, true])
  assert.deepEqual(await encodedOf({ ofFiles: 'ignore', orientation: 'ignore' }), [true, true])
  const pixelsOf = async (orientation: 'apply' | 'ignore') => {
    const [sample] = (
      await createImageFolder(options({ folder, labels: ['rose'], orientation }))
    ).samples()
    return (await sample?.read())?.data
  }
  assert.notDeepEqual(await pixelsOf('apply'), await pixelsOf('ignore'))
})

test('a PNG under the name of a JPEG is read, and goes as its pixels', async () => {
  const png = await drawImage('#808080', 'png')
  const folder = writeFiles(tempFolder(), { 'rose/a.jpg': png })
  const [sample] = (await createImageFolder(options({ folder, labels: ['rose'] }))).samples()
  assert.equal((await sample?.read())?.data.length, 72)
  assert.ok(sample?.encoded !== undefined)
  assert.equal(await sample.encoded(), undefined)
})

test('unreadable files are named, and the others still read', async () => {
  const folder = writeFiles(tempFolder(), {
    'rose/0-empty.jpg': '',
    'rose/1-cut.jpg': red.subarray(0, 100),
    'rose/2-text.jpg': 'no image',
    'rose/4-good.jpg': red,
  })
  symlinkSync(join(folder, 'nowhere.jpg'), join(folder, 'rose', '3-link.jpg'))
  const input = await createImageFolder(options({ folder, labels: ['rose'] }))
  const samples = [...input.samples()]
  assert.equal(samples.length, 5)
  for (const sample of samples.slice(0, 4)) {
    await assert.rejects(sample.read(), failure('DDNN_INPUT_UNREADABLE', sample.file))
  }
  await samples[4]?.read()
})

test('a label without images is warned of while others have some', async () => {
  const folder = writeFiles(tempFolder(), { 'rose/a.jpg': red, 'tulip/a.png': red })
  mkdirSync(join(folder, 'iris'))
  const log = createWarnings()
  const labels = ['rose', 'iris', 'tulip', 'daisy']
  const input = await createImageFolder(options({ folder, labels, log }))
  assert.equal(input.count, 1)
  assert.deepEqual(input.labels, labels)
  assert.equal(log.said.length, 1)
  assert.match(log.said[0] ?? '', /'iris' is empty.*'tulip' has 1 files.*no folder 'daisy'/)
})

test('images that end otherwise are warned of, and folders that are no label by name', async () => {
  const log = createWarnings()
  await createImageFolder(options({ labels: ['rose'], log }))
  assert.deepEqual(log.said, [
    'images of other endings, left out: 1 (.png); --input_format takes those of one',
    'folders that are no label, left out: iris',
  ])
})

const empty = tempFolder()
mkdirSync(join(empty, 'rose'))
const bad = writeFiles(tempFolder(), {
  'none.txt': '\n  \n',
  'twice.txt': 'rose\niris\nrose\n',
  'path.txt': '../rose\n',
})
const failures: readonly (readonly [string, ErrorCode, RegExp, Partial<ImageFolderOptions>])[] = [
  ['no folder', 'DDNN_INPUT_MISSING', /nowhere/, { folder: join(photos, 'nowhere') }],
  ['a file as folder', 'DDNN_INPUT_MISSING', /labels/, { folder: join(photos, 'labels.txt') }],
  ['no labels file', 'DDNN_INPUT_MISSING', /nothing\.txt/, { labelsFile: 'nothing.txt' }],
  ['no labels', 'DDNN_INPUT_MISSING', /none\.txt/, { labelsFile: join(bad, 'none.txt') }],
  ['labels twice', 'DDNN_CONFIG_INVALID', /'rose'/, { labelsFile: join(bad, 'twice.txt') }],
  [
    'labels that are paths',
    'DDNN_CONFIG_INVALID',
    /'\.\.\/rose'/,
    { labelsFile: join(bad, 'path.txt') },
  ],
  [
    'only empty label folders',
    'DDNN_INPUT_MISSING',
    /'rose' is empty/,
    { folder: empty, labels: ['rose'] },
  ],
  [
    'no label folders',
    'DDNN_INPUT_MISSING',
    /no folder 'a'; no folder 'b'/,
    { labels: ['a', 'b'] },
  ],
  ['images of another format', 'DDNN_INPUT_MISSING', /'iris' has 2 files/, { format: 'bmp' }],
]
for (const [what, code, text, change] of failures) {
  test(`${what}: ${code}, named`, async () => {
    await assert.rejects(createImageFolder(options(change)), (error) => {
      assert.ok(error instanceof ConfigError)
      assert.match(error.message, text)
      return failure(code, '')(error)
    })
  })
}

test('where the photos of the examples are missing the command that fetches them is named', async () => {
  const folder = join(photos, 'flower_photos', 'train')
  await assert.rejects(createImageFolder(options({ folder })), (error) => {
    assert.match((error as ConfigError).hint ?? '', /ddnn download flowers/)
    return true
  })
})

function failure(code: ErrorCode, named: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof DdnnError, String(error))
    assert.equal(error.code, code)
    assert.ok(error.message.includes(named), error.message)
    return true
  }
}
