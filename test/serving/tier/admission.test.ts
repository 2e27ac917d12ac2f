// The queue before a tier's submodels: turns between clients, and refusals from what was measured. A manual
// clock; what runs is a list that the test works off.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Admission, type Turn } from '../../../src/serving/tier/admission.ts'

/** One request at a time, 10 ms each. */
function scene(options: { readonly maxUnderWay?: number; readonly maxComputing?: number } = {}) {
  let now = 0
  const running: { readonly id: string; readonly turn: Turn }[] = []
  const begun: string[] = []
  const admission = new Admission({
    maxUnderWay: 100,
    maxComputing: 1,
    maxComputingShared: 1,
    now: () => now,
    ...options,
  })
  return {
    admission,
    begun,
    enter: (id: string, leftMs = Infinity) => {
      const turn = admission.enter(id, leftMs)
      void turn?.begun.then(() => {
        begun.push(id)
        running.push({ id, turn })
      })
      return turn
    },
    pass: async (count: number) => {
      for (let i = 0; i < count; i++) {
        await Promise.resolve()
        now += 10
        running.shift()?.turn.end()
      }
      await Promise.resolve()
    },
  }
}

test('clients take turns: a flood waits behind itself', async () => {
  const { enter, begun, pass } = scene()
  for (let i = 0; i < 50; i++) enter('flood')
  for (const id of ['a', 'b']) for (let i = 0; i < 2; i++) enter(id)
  await pass(7)
  assert.deepEqual(begun.slice(0, 8), ['flood', 'flood', 'a', 'b', 'flood', 'a', 'b', 'flood'])
})

test('a request that cannot be answered in its time is refused, one that can is not', async () => {
  const { admission, enter, pass } = scene()
  for (let i = 0; i < 60; i++) enter('flood')
  await pass(30)
  // Some 30 wait, at 10 ms each.
  assert.equal(enter('flood', 200), undefined)
  assert.notEqual(enter('flood', 400), undefined)
  // It comes after one of the flood's, not after all.
  assert.notEqual(enter('calm', 40), undefined)
  assert.equal(enter('other', 5), undefined)
  assert.ok(admission.expectedMs('other') < 60)
})

test('an asker that waits for ever is never refused, and nobody is while nothing waits', async () => {
  const { admission, enter, pass } = scene()
  for (let i = 0; i < 20; i++) enter('flood')
  await pass(10)
  assert.notEqual(enter('flood'), undefined)
  await pass(20)
  assert.equal(admission.waiting, 0)
  assert.equal(admission.expectedMs('flood'), 0)
  assert.notEqual(enter('flood', 1), undefined)
})

test('what has been computed makes room for the next, within the most that may be under way', async () => {
  const { admission, begun, enter } = scene({ maxComputing: 1, maxUnderWay: 2 })
  const turns = ['a', 'b', 'c'].map((id) => enter(id))
  await Promise.resolve()
  assert.deepEqual(begun, ['a'])
  turns[0]?.computed()
  await Promise.resolve()
  assert.deepEqual(begun, ['a', 'b'])
  turns[1]?.computed()
  turns[1]?.computed()
  await Promise.resolve()
  assert.equal(admission.waiting, 1)
  turns[0]?.end()
  turns[0]?.end()
  await Promise.resolve()
  assert.deepEqual(begun, ['a', 'b', 'c'])
})

test('one client alone fills a batch; with a second one about, few are begun ahead of anybody', () => {
  const { enter, begun, admission } = scene({ maxComputing: 8 })
  for (let i = 0; i < 20; i++) enter('flood')
  assert.equal(admission.waiting, 12)
  enter('calm')
  assert.equal(admission.waiting, 13)
  assert.ok(!begun.includes('calm'))
})

test('a client that has not asked for a second is not waited for any more', async () => {
  const { enter, admission, pass } = scene({ maxComputing: 4 })
  enter('calm')
  await pass(1)
  for (let i = 0; i < 300; i++) enter('flood')
  await pass(120)
  enter('flood')
  assert.equal(admission.waiting, 301 - 120 - 4)
})
