// Folders and CIFAR-10 batches to labelled and split images; real files, made here.
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { countByLabel, listTrainingSets, splitFiles } from '../../../src/lab/training/data-set.ts'
import type { ImageFile } from '../../../src/lab/training/image-file.ts'
import { cifarLabels, drawTrainingSet, writeCifar10 } from '../../helpers/training-set.ts'

let folder = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ddnn-data-set-'))
  await drawTrainingSet(join(folder, 'photos'), { tulips: 3, daisy: 2 })
  await drawTrainingSet(join(folder, 'drawn'), { roses: 2, daisy: 2 })
  await writeFile(join(folder, 'photos', 'daisy', 'notes.txt'), 'no image by its name')
  await writeFile(join(folder, 'photos', 'daisy', '._0.jpg'), 'what a file manager leaves')
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

test("CIFAR-10's five training batches are a set, in the order of their labels; the test batch is not read", async () => {
  const root = join(folder, 'cifar')
  const batches = await writeCifar10(join(root, 'cifar-10-batches-bin'), 20)
  for (const given of [batches, root]) {
    const { labels, files } = await listTrainingSets([given])
    assert.deepEqual(labels, cifarLabels)
    assert.deepEqual(countByLabel(labels, files), new Array<number>(10).fill(10))
    assert.deepEqual(files[20 + 7], {
      set: 0,
      name: 'data_batch_2.bin#7',
      path: join(batches, 'data_batch_2.bin'),
      record: 7,
      label: 7,
    })
  }
})

test('a CIFAR-10 set without one of its batches is refused, naming it', async () => {
  const batches = await writeCifar10(join(folder, 'four'), 2)
  await rm(join(batches, 'data_batch_3.bin'))
  await assert.rejects(listTrainingSets([batches]), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'DDNN_INPUT_MISSING')
    assert.match(error.message, /data_batch_3/)
    return true
  })
})

test('a folder of images adds to CIFAR-10 by label, new labels after its own', async () => {
  const batches = await writeCifar10(join(folder, 'joined'), 10)
  const more = await drawTrainingSet(join(folder, 'joined-more'), { airplane: 2, balloon: 3 })
  const { labels, files } = await listTrainingSets([batches, more])
  assert.deepEqual(labels, [...cifarLabels, 'balloon'])
  assert.deepEqual(countByLabel(labels, files), [7, ...new Array<number>(9).fill(5), 3])
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

test('a label of more files than a call takes arguments is split as any', () => {
  const files = Array.from({ length: 300_000 }, (_, i) => ({
    set: 0,
    name: `${i}`,
    path: '',
    label: 0,
  }))
  const { training, validation } = splitFiles(files, 0.5, 1)
  assert.deepEqual([training.length, validation.length], [150_000, 150_000])
})
