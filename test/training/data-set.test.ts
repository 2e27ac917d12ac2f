// Folders of images to labelled, split and decoded images; real files, drawn here.
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createImageDecoder } from '../../src/input/decode.ts'
import { drawFlower } from '../../src/input/drawn-flowers.ts'
import {
  countByLabel,
  decodeFiles,
  listTrainingSets,
  splitFiles,
  type ImageFile,
} from '../../src/training/data-set.ts'

let folder = ''
const size = { height: 24, width: 20 }

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ddnn-data-set-'))
  for (const [set, label, count] of [
    ['photos', 'tulips', 3],
    ['photos', 'daisy', 2],
    ['drawn', 'roses', 2],
    ['drawn', 'daisy', 2],
  ] as const) {
    await mkdir(join(folder, set, label), { recursive: true })
    for (let i = 0; i < count; i++) {
      const bytes = await drawFlower({ label, difficulty: 0, seed: i, size: 32 })
      await writeFile(join(folder, set, label, `${i}.jpg`), bytes)
    }
  }
  await writeFile(join(folder, 'photos', 'daisy', 'notes.txt'), 'no image by its name')
  await writeFile(join(folder, 'photos', 'LICENSE.txt'), 'not in a label folder')
})

after(() => rm(folder, { recursive: true, force: true }))

const sets = () => [join(folder, 'photos'), join(folder, 'drawn')]

test('folders are joined by label; labels are sorted', async () => {
  const { labels, files } = await listTrainingSets(sets())
  assert.deepEqual(labels, ['daisy', 'roses', 'tulips'])
  assert.deepEqual(countByLabel(labels, files), [4, 2, 3])
  assert.deepEqual(files.map(({ set, name, label }) => [set, name, label]).slice(0, 3), [
    [0, 'daisy/0.jpg', 0],
    [0, 'daisy/1.jpg', 0],
    [0, 'tulips/0.jpg', 2],
  ])
})

test('a missing folder and one without images are named', async () => {
  const missing = join(folder, 'nowhere')
  await assert.rejects(listTrainingSets([missing]), { code: 'DDNN_INPUT_MISSING' })
  const empty = join(folder, 'empty')
  await mkdir(join(empty, 'daisy'), { recursive: true })
  await assert.rejects(listTrainingSets([empty]), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'DDNN_INPUT_MISSING')
    assert.ok(error.message.includes(empty))
    return true
  })
})

function manyFiles(): ImageFile[] {
  return [0, 1].flatMap((set) =>
    [0, 1, 2].flatMap((label) =>
      Array.from({ length: 50 }, (_, i) => {
        const name = `${label}/${i}.jpg`
        return { set, name, path: `/${set}/${name}`, label }
      }),
    ),
  )
}

test('the split has the same share of each label and set, and nothing twice', () => {
  const files = manyFiles()
  const { training, validation } = splitFiles(files, 0.2, 123)
  assert.equal(training.length + validation.length, files.length)
  assert.equal(new Set([...training, ...validation]).size, files.length)
  for (const set of [0, 1]) {
    const own = validation.filter((file) => file.set === set)
    assert.deepEqual(countByLabel(['a', 'b', 'c'], own), [10, 10, 10])
  }
})

test('the same seed splits the same way, another seed otherwise', () => {
  const names = (seed: number) => splitFiles(manyFiles(), 0.2, seed).validation.map((f) => f.path)
  assert.deepEqual(names(1), names(1))
  assert.notDeepEqual(names(1), names(2))
})

test('a label with one image is trained on, not measured', () => {
  const one = manyFiles().slice(0, 1)
  assert.deepEqual(splitFiles(one, 0.5, 1), { training: one, validation: [] })
})

test('images are decoded as serving decodes them, in the order of the list', async () => {
  const decode = createImageDecoder()
  const { files } = await listTrainingSets(sets())
  const { images, unreadable } = await decodeFiles(files, size, decode)
  assert.deepEqual(unreadable, [])
  assert.deepEqual(
    images.map(({ name }) => name),
    files.map(({ name }) => name),
  )
  const again = await drawFlower({ label: 'tulips', difficulty: 0, seed: 2, size: 32 })
  const tulip = images.find(({ name }) => name === 'tulips/2.jpg')
  assert.deepEqual(tulip?.pixels, await decode(again, size.height, size.width))
})

test('an unreadable file is named and left out, and the hash tells the data apart', async () => {
  const decode = createImageDecoder()
  const { files } = await listTrainingSets(sets())
  const whole = await decodeFiles(files, size, decode)
  const broken = join(folder, 'photos', 'daisy', 'broken.jpg')
  await writeFile(broken, 'no image')
  const listing = await listTrainingSets(sets())
  const { images, unreadable, hash } = await decodeFiles(listing.files, size, decode)
  await rm(broken)
  assert.deepEqual(unreadable, [broken])
  assert.equal(images.length, files.length)
  assert.equal(hash, whole.hash)
  const fewer = await decodeFiles(files.slice(1), size, decode)
  assert.notEqual(fewer.hash, whole.hash)
})

test('decoding stops when it is told to', async () => {
  const { files } = await listTrainingSets(sets())
  const stopped = await decodeFiles(files, size, createImageDecoder(), AbortSignal.abort('SIGINT'))
  assert.deepEqual(stopped.images, [])
})
