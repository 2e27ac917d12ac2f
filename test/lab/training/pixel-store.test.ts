// The scratch file of decoded images: real images, real threads, real files.
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createImageDecoder } from '../../../src/input/decode.ts'
import { listTrainingSets } from '../../../src/lab/training/data-set.ts'
import type { ImageFile } from '../../../src/lab/training/image-file.ts'
import { createInputWorkers } from '../../../src/lab/training/input-workers.ts'
import { openPixelStore, type PixelStore } from '../../../src/lab/training/pixel-store.ts'
import { drawTrainingSet, writeCifar10 } from '../../helpers/training-set.ts'

let folder = ''
let flowers = ''
let files: readonly ImageFile[] = []
const workers = createInputWorkers(2)
const messages: string[] = []
const log = { info: (_: object, message: string) => void messages.push(message) }

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ddnn-pixels-test-'))
  flowers = await drawTrainingSet(join(folder, 'flowers'), { daisy: 5, tulips: 6 })
  files = (await listTrainingSets([flowers])).files
})

after(async () => {
  await workers.close()
  await rm(folder, { recursive: true, force: true })
})

interface Wanted {
  readonly cache?: string
  readonly training?: readonly ImageFile[]
  readonly isOwnFolder?: boolean
  readonly signal?: AbortSignal
}

async function openStore(wanted: Wanted = {}): Promise<PixelStore | undefined> {
  return openPixelStore({
    folder: join(folder, wanted.cache ?? 'cache'),
    isOwnFolder: wanted.isOwnFolder ?? false,
    training: { files: wanted.training ?? files.slice(3), height: 24, width: 20 },
    validation: { files: files.slice(0, 3), height: 16, width: 16 },
    orientation: 'apply',
    workers,
    signal: wanted.signal,
    log,
  })
}

async function openedStore(wanted: Wanted = {}): Promise<PixelStore> {
  const store = await openStore(wanted)
  assert.ok(store)
  return store
}

test('the file holds every image as serving decodes it, each at its place and size', async () => {
  const { training, validation } = await openedStore()
  const decode = createImageDecoder()
  const bytes = await readFile(training.file)
  assert.equal(bytes.length, (8 * 24 * 20 + 3 * 16 * 16) * 3)
  for (const [side, own] of [
    [training, files.slice(3)],
    [validation, files.slice(0, 3)],
  ] as const) {
    assert.deepEqual(
      side.labels,
      own.map(({ label }) => label),
    )
    for (const [i, { path }] of own.entries()) {
      const wanted = await decode(await readFile(path), side.height, side.width)
      const from = side.offsets[i] as number
      assert.deepEqual(new Uint8Array(bytes.subarray(from, from + wanted.length)), wanted)
    }
  }
})

test('a second run finds the images decoded, until one of them changes', async () => {
  const first = await openedStore({ cache: 'again' })
  messages.length = 0
  const second = await openedStore({ cache: 'again' })
  assert.deepEqual(messages, ['images are decoded already, scratch file reused'])
  assert.deepEqual([second.training, second.validation], [first.training, first.validation])
  await utimes((files[4] as ImageFile).path, 1, 1)
  const third = await openedStore({ cache: 'again' })
  assert.notEqual(third.training.file, first.training.file)
  assert.equal(third.training.hash, first.training.hash)
})

test('an unreadable file is named and left out, and the hash tells the data apart', async () => {
  const broken = join(flowers, 'daisy', 'broken.jpg')
  await writeFile(broken, 'no image')
  const bad = { set: 0, name: 'daisy/broken.jpg', path: broken, label: 0 }
  const whole = await openedStore()
  const store = await openedStore({ training: [...files.slice(3, 5), bad, ...files.slice(5)] })
  assert.deepEqual(
    store.unreadable.map(({ path }) => path),
    [broken],
  )
  assert.match(store.unreadable[0]?.reason ?? '', /Expected a JPEG, .*got a text/)
  assert.equal(store.training.labels.length, 8)
  assert.equal(store.training.hash, whole.training.hash)
  const fewer = await openedStore({ training: files.slice(4) })
  assert.notEqual(fewer.training.hash, whole.training.hash)
})

test('records of CIFAR-10 are red, green, blue a pixel', async () => {
  const batches = await writeCifar10(join(folder, 'cifar'), 10)
  const records = (await listTrainingSets([batches])).files
  const store = await openPixelStore({
    folder: join(folder, 'cifar-cache'),
    isOwnFolder: true,
    training: { files: records, height: 32, width: 32 },
    validation: { files: [], height: 32, width: 32 },
    orientation: 'apply',
    workers,
    signal: undefined,
    log,
  })
  assert.ok(store)
  const bytes = await readFile(store.training.file)
  // Record 7 of batch 2.
  const from = store.training.offsets[17] as number
  assert.deepEqual([...bytes.subarray(from, from + 6)], [140, 100, 7, 140, 100, 7])
  assert.equal(store.training.labels[17], 7)
})

test('what dead runs left in a folder of its own is replaced; in a shared one all is kept', async () => {
  const own = join(folder, 'own')
  await openedStore({ cache: 'own', training: files.slice(4) })
  await writeFile(join(own, 'ddnn-pixels-0123.raw.99.partial'), 'half')
  await writeFile(join(own, 'notes.txt'), "the user's")
  const store = await openedStore({ cache: 'own', isOwnFolder: true })
  assert.equal((await readdir(own)).length, 3)
  await store.remove()
  await store.remove()
  assert.deepEqual(await readdir(own), ['notes.txt'])
})

test('decoding stops when it is told to, and leaves nothing', async () => {
  const store = await openStore({ cache: 'stopped', signal: AbortSignal.abort('SIGINT') })
  assert.equal(store, undefined)
  assert.deepEqual(await readdir(join(folder, 'stopped')), [])
})
