// Work side by side, told in order.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import { inOrder } from '../../../src/serving/classify/in-order.ts'

// eslint-disable-next-line @typescript-eslint/require-await -- the seam is asynchronous
async function* numbers(count: number, onAsked: (i: number) => void = () => {}) {
  for (let i = 0; i < count; i++) {
    onAsked(i)
    yield i
  }
}

const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

test('results are told in the order of the items, however long each takes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 40 }),
      fc.integer({ min: 1, max: 8 }),
      async (delays, limit) => {
        const told: number[] = []
        let running = 0
        await inOrder({
          items: numbers(delays.length),
          limit,
          work: async (i) => {
            running++
            assert.ok(running <= limit)
            await turns(delays[i] ?? 0)
            running--
            return i
          },
          tell: async (i) => {
            await turns(1)
            told.push(i)
          },
          onFailure: () => {},
        })
        assert.deepEqual(
          told,
          delays.map((_, i) => i),
        )
      },
    ),
    { numRuns: 30 },
  )
})

test('a slow first one lets others be done, but not without end', async () => {
  let finish = () => {}
  const first = new Promise<void>((resolve) => (finish = resolve))
  const asked: number[] = []
  const run = inOrder({
    items: numbers(100, (i) => asked.push(i)),
    limit: 2,
    work: (i) => (i === 0 ? first : Promise.resolve()),
    tell: () => Promise.resolve(),
    onFailure: () => {},
  })
  await turns(50)
  assert.equal(asked.length, 8)
  finish()
  await run
  assert.equal(asked.length, 100)
})

test('when telling fails nothing more is begun, and its error is the end', async () => {
  let isTold = false
  const begun: number[] = []
  const told: number[] = []
  const run = inOrder({
    items: numbers(50),
    limit: 1,
    work: (i) => {
      begun.push(i)
      return Promise.resolve(i)
    },
    tell: (i) => {
      told.push(i)
      return i === 2 ? Promise.reject(new Error('disk full')) : Promise.resolve()
    },
    onFailure: () => (isTold = true),
  })
  await assert.rejects(run, /disk full/)
  assert.ok(isTold)
  assert.deepEqual(told, [0, 1, 2])
  assert.ok(begun.length < 10)
})
