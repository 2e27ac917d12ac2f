// Outcomes in any order come out in sample order, each once; errors and interrupts included.
import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'node:test'
import { fc } from '../helpers/property.ts'
import type { Outcome } from '../../src/domain/outcome.ts'
import { combineReports } from '../../src/report/combine.ts'
import { createOrdered, maxHeld } from '../../src/report/ordered.ts'
import type { Report } from '../../src/report/report.ts'
import { outcomeOf } from './outcomes.ts'

/** A report that notes what it is told, a turn late, and notices two calls at once. */
function createNotes(onAdd: (outcome: Outcome) => void = () => undefined, takesMany = false) {
  const told: number[] = []
  let isBusy = false
  let closes = 0
  const report: Report = {
    async add(outcome) {
      assert.equal(isBusy, false, 'one call at a time')
      isBusy = true
      await nextTurn()
      isBusy = false
      onAdd(outcome)
      told.push(outcome.index)
    },
    close() {
      closes++
      return Promise.resolve()
    },
  }
  if (takesMany) {
    report.addAll = async (outcomes) => {
      assert.ok(outcomes.length > 1)
      for (const outcome of outcomes) await report.add(outcome)
    }
  }
  return { report, told, closes: () => closes }
}

test('whatever order answers come in, rows are in sample order', async () => {
  const runs = fc.record({
    count: fc.integer({ min: 0, max: 60 }),
    maxInFlight: fc.integer({ min: 1, max: 16 }),
    picks: fc.infiniteStream(fc.nat()),
    pauses: fc.infiniteStream(fc.boolean()),
    takesMany: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(runs, async ({ count, maxInFlight, picks, pauses, takesMany }) => {
      const { report, told, closes } = createNotes(undefined, takesMany)
      const ordered = createOrdered(report)
      // As the device does: samples start in order, at most so many are open, any of them ends next.
      const open: number[] = []
      const adds: Promise<void>[] = []
      for (let next = 0; next < count || open.length > 0;) {
        while (next < count && open.length < maxInFlight) open.push(next++)
        const at = (picks.next().value as number) % open.length
        const [index] = open.splice(at, 1)
        adds.push(ordered.add(outcomeOf(index as number)))
        if (pauses.next().value) await nextTurn()
        // None waits for more than the samples that are open.
        const missing = open.filter((other) => other < (index as number)).length
        assert.ok(missing < maxInFlight)
      }
      await Promise.all(adds)
      assert.deepEqual(
        told,
        Array.from({ length: count }, (_, i) => i),
      )
      await ordered.close()
      assert.equal(told.length, count)
      assert.equal(closes(), 1)
    }),
    { seed: 7, numRuns: 200 },
  )
})

test('after an interrupt what came is told in order, without the samples that never came', async () => {
  const { report, told, closes } = createNotes()
  const ordered = createOrdered(report)
  await Promise.all([0, 1, 5, 3, 9].map((index) => ordered.add(outcomeOf(index))))
  assert.deepEqual(told, [0, 1])
  await ordered.close()
  assert.deepEqual(told, [0, 1, 3, 5, 9])
  assert.equal(closes(), 1)
})

test('an outcome that must wait does not make its caller wait', async () => {
  const { report, told } = createNotes()
  const ordered = createOrdered(report)
  for (let i = 1; i < 100; i++) await ordered.add(outcomeOf(i))
  assert.deepEqual(told, [])
  await ordered.add(outcomeOf(0))
  assert.equal(told.length, 100)
})

test('callers wait when too many are held, and go on when the missing one came', async () => {
  const { report, told } = createNotes()
  const ordered = createOrdered(report)
  let resolved = 0
  const adds = Array.from({ length: maxHeld + 50 }, (_, i) =>
    ordered.add(outcomeOf(i + 1)).then(() => resolved++),
  )
  await nextTurn()
  assert.equal(resolved, maxHeld)
  await ordered.add(outcomeOf(0))
  await Promise.all(adds)
  assert.equal(told.length, maxHeld + 51)
})

test('an error of the report reaches the call that met it and all later ones', async () => {
  const { report, told, closes } = createNotes(({ index }) => {
    if (index === 2) throw new Error('disk full')
  })
  const ordered = createOrdered(report)
  await ordered.add(outcomeOf(2))
  await ordered.add(outcomeOf(1))
  await assert.rejects(ordered.add(outcomeOf(0)), /disk full/)
  await assert.rejects(ordered.add(outcomeOf(3)), /disk full/)
  assert.deepEqual(told, [0, 1])
  await assert.rejects(ordered.close(), /disk full/)
  assert.equal(closes(), 1)
})

test('outcomes that waited for one are told together, where a report takes many', async () => {
  const groups: number[][] = []
  const report: Report = {
    add: (outcome) => Promise.resolve(void groups.push([outcome.index])),
    addAll: (outcomes) => Promise.resolve(void groups.push(outcomes.map(({ index }) => index))),
    close: () => Promise.resolve(),
  }
  const { report: one, told } = createNotes()
  const ordered = createOrdered(combineReports([report, one]), new Set([2]))
  await Promise.all([1, 3, 5, 0].map((index) => ordered.add(outcomeOf(index))))
  await ordered.add(outcomeOf(4))
  await ordered.close()
  assert.deepEqual(groups, [
    [0, 1, 3],
    [4, 5],
  ])
  assert.deepEqual(told, [0, 1, 3, 4, 5])
})

test('a sample that comes twice is a fault', async () => {
  const ordered = createOrdered(createNotes().report)
  await ordered.add(outcomeOf(0))
  await ordered.add(outcomeOf(2))
  await assert.rejects(ordered.add(outcomeOf(0)), /once/)
  await assert.rejects(ordered.add(outcomeOf(2)), /once/)
})

test('combined reports are all told and all closed, also when one fails', async () => {
  const first = createNotes()
  const second = createNotes()
  const failing: Report = {
    add: () => Promise.resolve(),
    close: () => Promise.reject(new Error('no close')),
  }
  const combined = combineReports([first.report, failing, second.report])
  await combined.add(outcomeOf(0))
  await assert.rejects(combined.close(), /no close/)
  assert.deepEqual([first.told, second.told], [[0], [0]])
  assert.deepEqual([first.closes(), second.closes()], [1, 1])
})
