// --rate: samples become ready one after the other, however many are asked for at once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Input } from '../../src/input/input.ts'
import { paceInput } from '../../src/input/pace.ts'

const pixel = { dtype: 'uint8', shape: [1, 1, 3], data: new Uint8Array(3) } as const
const inputOf = (count: number): Input => ({
  labels: ['a', 'b'],
  count,
  samples: () =>
    Array.from({ length: count }, (_, index) => ({
      ...{ index, file: `${index}.jpg`, label: 0 },
      read: () => Promise.resolve(pixel),
      encoded: () => Promise.resolve(undefined),
    })),
  close: () => Promise.resolve(),
})

test('samples that are asked for together become ready in their order, never before their turn', async () => {
  const startedAt = performance.now()
  const ready: { readonly index: number; readonly at: number }[] = []
  const samples = [...paceInput(inputOf(5), 50, new AbortController().signal).samples()]
  await Promise.all(
    samples.map(async (sample) => {
      await sample.encoded?.()
      await sample.read()
      ready.push({ index: sample.index, at: performance.now() - startedAt })
    }),
  )
  assert.deepEqual(
    ready.map(({ index }) => index),
    [0, 1, 2, 3, 4],
  )
  // A timer may fire a millisecond early, and as late as the machine is busy.
  for (const { index, at } of ready) assert.ok(at >= index * 20 - 2, `${index} at ${at} ms`)
})

test('none waits any longer once the run is to stop', async () => {
  const stop = new AbortController()
  const [first, second] = [...paceInput(inputOf(2), 0.001, stop.signal).samples()]
  await first?.read()
  const waiting = second?.read()
  stop.abort()
  assert.deepEqual(await waiting, pixel)
})

test('labels and count are those of the input', () => {
  const { labels, count } = paceInput(inputOf(3), 1, new AbortController().signal)
  assert.deepEqual([labels, count], [['a', 'b'], 3])
})
