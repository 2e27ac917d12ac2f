// Batches from worker threads: what is in them follows from their plans alone, whoever fills them.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { augmentationSchema } from '../../../src/model/networks/recipe.ts'
import { writeAugmented, writePlain } from '../../../src/lab/training/augment.ts'
import { readBatches, type BatchPlan, type BatchSource } from '../../../src/lab/training/batches.ts'
import { createInputWorkers, type InputWorkers } from '../../../src/lab/training/input-workers.ts'
import type { StoredImages } from '../../../src/lab/training/pixel-store.ts'
import { createRandom } from '../../../src/domain/random.ts'

const height = 14
const width = 12
const bytes = height * width * 3
const count = 10
const random = createRandom(5)
const pixels = Uint8Array.from({ length: count * bytes }, () => Math.floor(random() * 256))
const size = { height: 10, width: 8 }
const augmentation = augmentationSchema.parse({ crop: [0.6, 1], mirror: true, rotation: 20 })

let folder = ''
let images: StoredImages

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ddnn-batches-'))
  const file = join(folder, 'pixels.raw')
  await writeFile(file, pixels)
  const numbers = Array.from({ length: count }, (_, i) => i)
  const offsets = numbers.map((i) => i * bytes)
  images = { file, height, width, offsets, labels: numbers, sets: numbers, hash: '' }
})

after(() => rm(folder, { recursive: true, force: true }))

const plans: readonly BatchPlan[] = [
  { indices: [0, 3, 9], seeds: [1, 1] },
  { indices: [3, 3, 2], seeds: [1, 2] },
  { indices: [7], seeds: [1, 2] },
  ...Array.from({ length: 12 }, (_, i) => ({ indices: [i % count, 1, 4], seeds: [1, 3 + i] })),
]

async function withWorkers<T>(n: number, work: (workers: InputWorkers) => Promise<T>): Promise<T> {
  const workers = createInputWorkers(n)
  try {
    return await work(workers)
  } finally {
    await workers.close()
  }
}

const sourceOf = (workers: InputWorkers, more: Partial<BatchSource> = {}): BatchSource => ({
  workers,
  images,
  size,
  augmentation,
  ...more,
})

async function readAll(source: BatchSource): Promise<Float32Array[]> {
  const read: Float32Array[] = []
  // A copy, since a batch's buffer goes back to the workers.
  for await (const batch of readBatches(source, plans)) read.push(batch.pixels.slice())
  return read
}

test('the batches are the same whether one thread fills them or three', async () => {
  const one = await withWorkers(1, (workers) => readAll(sourceOf(workers)))
  const three = await withWorkers(3, (workers) => readAll(sourceOf(workers)))
  assert.equal(one.length, plans.length)
  assert.deepEqual(three, one)
})

test('a sample is augmented by (seed, epoch, index), as if it were alone', async () => {
  const read = await withWorkers(2, (workers) => readAll(sourceOf(workers)))
  for (const [at, { indices, seeds }] of plans.entries()) {
    const wanted = new Float32Array(indices.length * size.height * size.width * 3)
    for (const [i, index] of indices.entries()) {
      const image = { pixels: pixels.subarray(index * bytes, (index + 1) * bytes), height, width }
      const slot = { data: wanted, offset: i * size.height * size.width * 3, ...size }
      writeAugmented(image, slot, augmentation, createRandom(...seeds, index))
    }
    assert.deepEqual(read[at], wanted)
  }
})

test('without augmentation the pixels are as in serving', async () => {
  const source = { augmentation: false, size: { height, width } } as const
  const [first] = await withWorkers(1, (workers) => readAll(sourceOf(workers, source)))
  const data = new Float32Array(bytes)
  writePlain(
    { pixels: pixels.subarray(3 * bytes, 4 * bytes), height, width },
    { data, offset: 0, height, width },
  )
  assert.deepEqual(first?.subarray(bytes, 2 * bytes), data)
})

test('only a few batches are filled ahead', async () => {
  await withWorkers(2, async (workers) => {
    let asked = 0
    const counting: InputWorkers = {
      ...workers,
      fill: (request) => {
        asked++
        return workers.fill(request)
      },
    }
    let read = 0
    for await (const batch of readBatches(sourceOf(counting), plans)) {
      read++
      assert.ok(asked <= read + 4, `${asked} asked for, ${read} read`)
      assert.ok(batch.pixels.length > 0)
    }
    assert.equal(asked, plans.length)
  })
})

test('a reader that stops early leaves no rejected promise behind', async () => {
  const workers = createInputWorkers(1)
  for await (const batch of readBatches(sourceOf(workers), plans)) {
    assert.ok(batch.pixels.length > 0)
    break
  }
  await workers.close()
  await new Promise((resolve) => setTimeout(resolve, 50))
})

test('a scratch file that is gone is an error, not an empty batch', async () => {
  await withWorkers(1, async (workers) => {
    const gone = { ...images, file: join(folder, 'gone.raw') }
    await assert.rejects(readAll(sourceOf(workers, { images: gone })), { code: 'DDNN_INTERNAL' })
  })
})
