// How many threads a pass gets, on models whose times are made up: a busy wait of so many milliseconds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  chooseThreads,
  pays,
  type Candidate,
} from '../../../../src/serving/engine/onnx/choose-threads.ts'

test('twice the threads are kept where they are 1.25 times as fast, by the mean of both batches', () => {
  const before = { threads: 1, aloneMs: 4, batchMs: 40 }
  for (const [aloneMs, batchMs, expected] of [
    [2, 20, true],
    [3.2, 32, true],
    [3.3, 33, false],
    // Faster in batches alone, as much as it takes.
    [4, 25, true],
    [4, 27, false],
    [8, 20, false],
  ] as const) {
    assert.equal(pays(before, { threads: 2, aloneMs, batchMs }), expected, `${aloneMs} ${batchMs}`)
  }
})

/** Candidates whose passes take `ms(threads)`, and those of them that are not disposed. */
function createCandidates(ms: (threads: number) => number) {
  const open = new Set<number>()
  const create = (threads: number): Promise<Candidate> => {
    open.add(threads)
    const run = () => {
      const endAt = performance.now() + ms(threads)
      while (performance.now() < endAt);
      return Promise.resolve({ features: undefined, exits: [] })
    }
    const shapes = { input: [1], features: null, exits: [] }
    return Promise.resolve({ threads, model: { shapes, run, dispose: () => open.delete(threads) } })
  }
  return { create, open }
}

test('measuring stops where more threads no longer pay, and frees all but the one that is taken', async () => {
  for (const [ms, most, taken] of [
    [() => 0.3, 8, 1],
    [(threads: number) => 1.2 / Math.min(threads, 2), 8, 2],
    [(threads: number) => 1.2 / threads, 4, 4],
    // Never more than may be used.
    [(threads: number) => 1.2 / threads, 3, 2],
  ] as const) {
    const { create, open } = createCandidates(ms)
    const choice = await chooseThreads(create, most, 4)
    assert.equal(choice.taken.threads, taken)
    assert.deepEqual([...open], [taken])
    assert.match(choice.note ?? '', new RegExp(`^${taken} threads? \\(1: .* ms, 2: .* at batch 1`))
  }
})

test('one processor leaves nothing to measure', async () => {
  const { create, open } = createCandidates(() => assert.fail('it is measured'))
  const { taken, note } = await chooseThreads(create, 1, 32)
  assert.deepEqual([taken.threads, note, [...open]], [1, undefined, [1]])
})

test('a pass that fails frees every candidate', async () => {
  const { create, open } = createCandidates((threads) => {
    if (threads === 2) throw new Error('out of numbers')
    return 1
  })
  await assert.rejects(chooseThreads(create, 4, 8), /out of numbers/)
  assert.deepEqual([...open], [])
})
