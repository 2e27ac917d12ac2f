// Frames out of a pipe, in pieces of any size, and the newest of a camera's.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import { newestOf, readFrames } from '../../../src/serving/classify/sources/frames.ts'

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

// eslint-disable-next-line @typescript-eslint/require-await -- as a pipe gives them
async function* pieces(bytes: Uint8Array, sizes: readonly number[]) {
  let at = 0
  for (const size of sizes) {
    yield bytes.subarray(at, at + size)
    at += size
  }
  yield bytes.subarray(at)
}

test('whatever the pieces are, the frames are the same, and a frame cut off is left out', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 400 }),
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.integer({ min: 0, max: 80 }), { maxLength: 20 }),
      async (bytes, size, sizes) => {
        const frames = await collect(readFrames(pieces(bytes, sizes), size))
        assert.equal(frames.length, Math.floor(bytes.length / size))
        assert.deepEqual(
          Buffer.concat(frames),
          Buffer.from(bytes.subarray(0, frames.length * size)),
        )
      },
    ),
  )
})

test('each frame has memory of its own', async () => {
  const [first, second] = await collect(readFrames(pieces(Uint8Array.of(1, 2), []), 1))
  assert.deepEqual(first, Uint8Array.of(1))
  assert.notEqual(first?.buffer, second?.buffer)
})

test('of a camera the newest frame is taken, and those in between are counted', async () => {
  const gates = Array.from({ length: 6 }, () => {
    let open = () => {}
    return { opened: new Promise<void>((resolve) => (open = resolve)), open: () => open() }
  })
  async function* camera() {
    for (const [i, gate] of gates.entries()) {
      await gate.opened
      yield i
    }
  }
  let dropped = 0
  const newest = newestOf(camera(), () => dropped++)
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  gates[0]?.open()
  assert.equal((await newest.next()).value, 0)
  for (const gate of gates.slice(1, 4)) gate.open()
  await turn()
  assert.equal((await newest.next()).value, 3)
  assert.equal(dropped, 2)
  for (const gate of gates.slice(4)) gate.open()
  await turn()
  assert.deepEqual([(await newest.next()).value, (await newest.next()).done], [5, true])
  assert.equal(dropped, 3)
})

test('what breaks the frames breaks the newest of them too', async () => {
  // eslint-disable-next-line @typescript-eslint/require-await -- as a pipe breaks
  async function* broken(): AsyncGenerator<number> {
    yield 1
    throw new Error('cut')
  }
  await assert.rejects(collect(newestOf(broken(), () => {})), /cut/)
})
