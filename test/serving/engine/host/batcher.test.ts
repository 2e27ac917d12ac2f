// The queue of one stage, without a worker: the test takes the batches and answers them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import { fc } from '../../../helpers/property.ts'
import { Batcher, type Batch } from '../../../../src/serving/engine/host/batcher.ts'

const sampleLength = 3

/** A batcher whose batches are taken by the test, one at a time. */
function createBatcher(options: { maxBatchSize?: number; maxQueueDelayMs?: number } = {}) {
  const calls = { ready: 0 }
  const batcher = new Batcher({
    sampleLength,
    maxBatchSize: options.maxBatchSize ?? 4,
    maxQueueDelayMs: options.maxQueueDelayMs ?? 0,
    onReady: () => (calls.ready += 1),
  })
  return { batcher, calls }
}

/** Runs the batch through a network that gives its input as features, and its sum as an exit. */
function finish(batch: Batch): void {
  const input = new Float32Array(batch.input, 0, batch.count * sampleLength)
  const sums = Float32Array.from({ length: batch.count }, (_, i) =>
    input.subarray(i * sampleLength, (i + 1) * sampleLength).reduce((sum, value) => sum + value, 0),
  )
  batch.finish({ features: input.slice(), exits: [sums] }, 1)
}

test('every sample gets its own answer, whatever the sizes, turns and failing writes', async () => {
  const sample = fc.record({ value: fc.integer({ min: 0, max: 9999 }), throws: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(sample, { maxLength: 9 }), { maxLength: 6 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 3 }),
      async (turns, maxBatchSize, workers) => {
        const { batcher } = createBatcher({ maxBatchSize })
        const runs: Promise<void>[] = []
        const drain = () => {
          while (batcher.readySince !== undefined) {
            const batch = batcher.take(Math.ceil(batcher.waiting / workers))
            if (batch === undefined) continue
            assert.ok(batch.count >= 1 && batch.count <= maxBatchSize)
            finish(batch)
          }
        }
        for (const turn of turns) {
          for (const { value, throws } of turn) {
            const failure = new Error(String(value))
            const run = batcher.run((slot) => {
              assert.equal(slot.length, sampleLength)
              // A write may spoil its slot before it throws.
              slot.fill(value)
              if (throws) throw failure
            })
            runs.push(
              run.then(
                ({ features, exits }) => {
                  assert.ok(!throws)
                  assert.deepEqual([...(features ?? [])], [value, value, value])
                  assert.deepEqual(exits, [Float32Array.of(value * sampleLength)])
                },
                (error: unknown) => assert.ok(throws && error === failure),
              ),
            )
          }
          await nextTurn()
          drain()
        }
        await nextTurn()
        drain()
        assert.equal(batcher.waiting, 0)
        await Promise.all(runs)
      },
    ),
    { seed: 20240607, numRuns: 200 },
  )
})

test('samples of one turn of the event loop leave together', async () => {
  const { batcher, calls } = createBatcher({ maxBatchSize: 8 })
  const runs = [1, 2, 3].map((value) => batcher.run((slot) => slot.fill(value)))
  assert.equal(batcher.readySince, undefined)
  await nextTurn()
  assert.equal(calls.ready, 1)
  const batch = batcher.take(8)
  assert.ok(batch)
  finish(batch)
  for (const run of await Promise.all(runs)) assert.equal(run.batchSize, 3)
})

test('a full batch is ready at once, however long the queue delay', () => {
  const { batcher, calls } = createBatcher({ maxBatchSize: 2, maxQueueDelayMs: 60_000 })
  void batcher.run(() => {}).catch(() => {})
  assert.equal(batcher.readySince, undefined)
  void batcher.run(() => {}).catch(() => {})
  assert.notEqual(batcher.readySince, undefined)
  assert.equal(calls.ready, 1)
  batcher.rejectWaiting(new Error('end of test'))
})

test('a sample that stays behind keeps its time: it is due no later than its own delay', async () => {
  const { batcher, calls } = createBatcher({ maxBatchSize: 2, maxQueueDelayMs: 30 })
  const runs = [1, 2, 3].map((value) => batcher.run((slot) => slot.fill(value)))
  finish(batcher.take(2) as Batch)
  assert.equal(batcher.readySince, undefined, 'the third waits for company')
  const readyBefore = calls.ready
  await wait(60)
  assert.ok(calls.ready > readyBefore)
  assert.notEqual(batcher.readySince, undefined)
  finish(batcher.take(2) as Batch)
  const sizes = (await Promise.all(runs)).map(({ batchSize }) => batchSize)
  assert.deepEqual(sizes, [2, 2, 1])
})

test('a buffer is for the samples of its batch, not for the largest one', () => {
  const { batcher } = createBatcher({ maxBatchSize: 24 })
  const rows = [
    { samples: 1, room: 1 },
    { samples: 3, room: 4 },
    { samples: 8, room: 8 },
    // 32 would be more than a batch ever has.
    { samples: 17, room: 24 },
  ]
  for (const { samples, room } of rows) {
    for (let k = 0; k < samples; k++) void batcher.run(() => {})
    const batch = batcher.take(24) as Batch
    assert.equal(batch.count, samples)
    assert.equal(batch.input.byteLength, room * sampleLength * Float32Array.BYTES_PER_ELEMENT)
  }
})

test('a buffer is used again after a batch that ended, one that failed and one that came to nothing', async () => {
  const { batcher } = createBatcher()
  const buffers: ArrayBufferLike[] = []
  for (const end of ['finish', 'fail', 'throw', 'finish']) {
    const run = batcher.run((slot) => {
      buffers.push(slot.buffer)
      if (end === 'throw') throw new Error('no such pixel')
    })
    const settled = Promise.allSettled([run])
    const batch = batcher.take(4)
    assert.equal(batch === undefined, end === 'throw')
    if (end === 'finish') finish(batch as Batch)
    if (end === 'fail') batch?.fail(new Error('out of numbers'))
    await settled
  }
  assert.equal(buffers.length, 4)
  assert.equal(new Set(buffers).size, 1)
})

test('two batches under way never share memory, and there is no more of it than the most at once need', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('come' as const), samples: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ kind: fc.constant('take' as const), most: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ kind: fc.constantFrom(...(['finish', 'fail', 'lose'] as const)), which: fc.nat() }),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 1, max: 7 }),
      async (steps, maxBatchSize) => {
        const { batcher } = createBatcher({ maxBatchSize })
        const underWay: { batch: Batch; values: readonly number[] }[] = []
        const runs: Promise<unknown>[] = []
        const known = new Set<SharedArrayBuffer>()
        let created = 0
        let mostUnderWay = 0
        let written: number[] = []
        let next = 0
        for (const given of steps) {
          if (given.kind === 'come') {
            for (let k = 0; k < given.samples; k++) {
              const value = next++
              const write = (slot: Float32Array) => {
                slot.fill(value)
                written.push(value)
              }
              runs.push(
                batcher.run(write).then(
                  ({ features }) => assert.deepEqual([...(features ?? [])], [value, value, value]),
                  (error: Error) => assert.equal(error.message, 'the worker is gone'),
                ),
              )
            }
          } else if (given.kind === 'take') {
            written = []
            const batch = batcher.take(given.most)
            if (batch === undefined) continue
            assert.ok(underWay.every((other) => other.batch.input !== batch.input))
            if (!known.has(batch.input)) created += 1
            known.add(batch.input)
            underWay.push({ batch, values: written })
            mostUnderWay = Math.max(mostUnderWay, underWay.length)
          } else {
            const [ended] = underWay.splice(given.which % (underWay.length || 1), 1)
            if (ended === undefined) continue
            if (given.kind === 'finish') finish(ended.batch)
            else ended.batch[given.kind](new Error('the worker is gone'))
          }
          for (const { batch, values } of underWay) {
            const expected = values.flatMap((value) => Array<number>(sampleLength).fill(value))
            const input = new Float32Array(batch.input, 0, batch.count * sampleLength)
            assert.deepEqual([...input], expected)
          }
        }
        // Sizes 1, 2, 4 and 7: each buffer is replaced by a larger one three times at most.
        assert.ok(created <= mostUnderWay * 4, `${created} buffers for ${mostUnderWay} batches`)
        for (const { batch } of underWay) finish(batch)
        batcher.rejectWaiting(new Error('the worker is gone'))
        await Promise.all(runs)
      },
    ),
    { seed: 20240608, numRuns: 300 },
  )
})

test('a failed batch rejects all its samples and no other', async () => {
  const { batcher } = createBatcher({ maxBatchSize: 2 })
  const runs = [1, 2, 3].map((value) => batcher.run((slot) => slot.fill(value)))
  const settling = Promise.allSettled(runs)
  batcher.take(2)?.fail(new Error('the worker is gone'))
  finish(batcher.take(2) as Batch)
  const settled = await settling
  assert.deepEqual(
    settled.map(({ status }) => status),
    ['rejected', 'rejected', 'fulfilled'],
  )
})

test('samples of a lost batch go back to the head of the queue, each for a batch of its own', async () => {
  const { batcher } = createBatcher({ maxBatchSize: 4, maxQueueDelayMs: 60_000 })
  const runs = [1, 2, 3, 4].map((value) => batcher.run((slot) => slot.fill(value)))
  const later = batcher.run((slot) => slot.fill(5))
  const lost = batcher.take(4) as Batch
  assert.equal(batcher.readySince, undefined, 'the fifth waits for company')
  lost.lose(new Error('the worker is gone'))
  assert.equal(batcher.isFull, false, 'who was lost is joined by nobody')
  for (const value of [1, 2, 3, 4]) {
    assert.notEqual(batcher.readySince, undefined, 'who was lost waits for nobody')
    const batch = batcher.take(4) as Batch
    assert.equal(batch.count, 1)
    assert.deepEqual([...new Float32Array(batch.input, 0, 1)], [value])
    finish(batch)
  }
  assert.equal(batcher.readySince, undefined)
  for (const { batchSize } of await Promise.all(runs)) assert.equal(batchSize, 1)
  finish(batcher.take(4) as Batch)
  assert.equal((await later).batchSize, 1)
})

test('a sample that is lost twice is rejected with the reason; its neighbours are answered', async () => {
  const { batcher } = createBatcher({ maxBatchSize: 2 })
  const [killer, other] = [1, 2].map((value) => batcher.run((slot) => slot.fill(value)))
  batcher.take(2)?.lose(new Error('the worker is gone'))
  const again = new Error('the next worker is gone')
  const rejected = assert.rejects(killer as Promise<unknown>, again)
  batcher.take(2)?.lose(again)
  await rejected
  finish(batcher.take(2) as Batch)
  assert.deepEqual((await other)?.exits, [Float32Array.of(6)])
  assert.equal(batcher.waiting, 0)
})

test('a lost sample that nobody waits for any more is not run again', async () => {
  const { batcher } = createBatcher()
  const controller = new AbortController()
  const rejected = assert.rejects(
    batcher.run(() => {}, controller.signal),
    /too late/,
  )
  batcher.take(1)?.lose(new Error('the worker is gone'))
  controller.abort(new Error('too late'))
  assert.equal(batcher.take(1), undefined)
  await rejected
})
