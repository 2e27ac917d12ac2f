import assert from 'node:assert/strict'
import { test } from 'node:test'
import sharp from 'sharp'
import { DdnnError } from '../../src/errors.ts'
import { drawFlower, labels, type DrawFlowerOptions } from '../../src/input/drawn-flowers.ts'

const seeds = [11, 12, 13, 14, 15, 16]

async function pixels(options: DrawFlowerOptions): Promise<Buffer> {
  return await sharp(await drawFlower(options))
    .raw()
    .toBuffer()
}

/** Mean squared difference of two pictures of one size, in levels of 255 squared. */
function difference(a: Uint8Array, b: Uint8Array): number {
  assert.equal(a.length, b.length)
  return a.reduce((sum, value, i) => sum + (value - (b[i] ?? 0)) ** 2, 0) / a.length
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

test('labels are the five kinds in alphabetical order', () => {
  assert.deepEqual(labels, ['daisy', 'dandelion', 'roses', 'sunflowers', 'tulips'])
})

test('the same arguments give the same bytes, another seed another picture', async () => {
  for (const label of labels) {
    const options = { label, difficulty: 0.7, seed: 5, size: 64 }
    const first = await drawFlower(options)
    assert.ok(first.equals(await drawFlower(options)), label)
    assert.ok(!first.equals(await drawFlower({ ...options, seed: 6 })), label)
  }
})

test('drawing at the same time does not mix the streams of chance', async () => {
  const options = labels.map((label) => ({ label, difficulty: 1, seed: 3, size: 64 }))
  const alone: Buffer[] = []
  for (const one of options) alone.push(await drawFlower(one))
  const together = await Promise.all(options.map(async (one) => await drawFlower(one)))
  together.forEach((picture, i) =>
    assert.ok(picture.equals(alone[i] ?? Buffer.alloc(0)), labels[i]),
  )
})

test('pictures are square RGB JPEGs of the size asked for, 224 by default', async () => {
  for (const size of [16, 97, undefined]) {
    const options = { label: 'roses', difficulty: 0.5, seed: 1 }
    const picture = await drawFlower(size === undefined ? options : { ...options, size })
    const { format, width, height, channels } = await sharp(picture).metadata()
    assert.deepEqual([format, width, height, channels], ['jpeg', size ?? 224, size ?? 224, 3])
  }
})

test('a lower quality gives a smaller file', async () => {
  const options = { label: 'tulips', difficulty: 0.5, seed: 1 }
  const fine = await drawFlower({ ...options, quality: 90 })
  const coarse = await drawFlower({ ...options, quality: 40 })
  assert.ok(coarse.length < fine.length, `${String(coarse.length)} < ${String(fine.length)}`)
})

// Colour alone tells most kinds apart, so a nearest neighbour among coarse thumbnails' histograms must do
// far better than the 20 % of chance. It fails when two kinds come out alike.
test('the five kinds can be told apart', async () => {
  const histogram = async (label: string, seed: number): Promise<number[]> => {
    const data = await pixels({ label, difficulty: 0, seed, size: 48 })
    const bins = new Array<number>(6 ** 3).fill(0)
    for (let i = 0; i + 2 < data.length; i += 3) {
      const [r = 0, g = 0, b = 0] = data.subarray(i, i + 3)
      const bin = [r, g, b].reduce((at, level) => at * 6 + Math.floor((level * 6) / 256), 0)
      bins[bin] = (bins[bin] ?? 0) + 1
    }
    return bins.map(Math.sqrt)
  }
  const known: { label: string; bins: number[] }[] = []
  for (const label of labels) {
    for (let seed = 100; seed < 140; seed++)
      known.push({ label, bins: await histogram(label, seed) })
  }
  let right = 0
  for (const label of labels) {
    for (let seed = 200; seed < 210; seed++) {
      const bins = await histogram(label, seed)
      const apart = known.map((one) =>
        bins.reduce((sum, v, i) => sum + (v - (one.bins[i] ?? 0)) ** 2, 0),
      )
      if (known[apart.indexOf(Math.min(...apart))]?.label === label) right++
    }
  }
  assert.ok(right >= 25, `${String(right)} of 50 right`)
})

test('a higher difficulty is less like the clear drawing of the same seed', async () => {
  for (const label of labels) {
    const at = async (difficulty: number): Promise<number> => {
      const away = seeds.map(async (seed) => {
        const clear = await pixels({ label, difficulty: 0, seed, size: 64 })
        return difference(clear, await pixels({ label, difficulty, seed, size: 64 }))
      })
      return mean(await Promise.all(away))
    }
    const [low, middle, high] = [await at(0.15), await at(0.5), await at(1)]
    assert.ok(
      low > 0 && low < middle && middle < high,
      `${label}: ${[low, middle, high].join(' < ')}`,
    )
  }
})

const refused: readonly [string, Partial<DrawFlowerOptions>][] = [
  ['a label that cannot be drawn', { label: 'orchid' }],
  ['a label that is a name of every object', { label: 'constructor' }],
  ['a difficulty below 0', { difficulty: -0.1 }],
  ['a difficulty above 1', { difficulty: 1.01 }],
  ['a difficulty that is no number', { difficulty: Number.NaN }],
  ['a seed that is no integer', { seed: 1.5 }],
  ['a size too small', { size: 8 }],
  ['a size that is no integer', { size: 100.5 }],
  ['a quality above 100', { quality: 101 }],
]
for (const [what, wrong] of refused) {
  test(`${what} is refused`, async () => {
    const call = drawFlower({ label: 'daisy', difficulty: 0.5, seed: 1, size: 32, ...wrong })
    await assert.rejects(call, (error) => {
      assert.ok(error instanceof DdnnError)
      assert.equal(error.code, 'DDNN_CONFIG_INVALID')
      return true
    })
  })
}
