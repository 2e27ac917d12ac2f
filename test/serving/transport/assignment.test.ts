// One assignment of a group: where it starts, what of it may be committed, and what is known of its work.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Assignment, startOf } from '../../../src/serving/transport/kafka/requests/assignment.ts'
import { WorkLedger } from '../../../src/serving/transport/kafka/requests/work-ledger.ts'

const ends = (low: bigint, high: bigint) => ({ partition: 0, low, high })

test('it starts where the group has committed, and where it has not, at the oldest record', () => {
  assert.deepEqual(startOf(4n, ends(0n, 10n)), { offset: 4n, isLost: false })
  assert.deepEqual(startOf(10n, ends(0n, 10n)), { offset: 10n, isLost: false })
  assert.deepEqual(startOf(undefined, ends(7n, 10n)), { offset: 7n, isLost: false })
})

test('a committed offset before the oldest record starts there: those before it are gone', () => {
  assert.deepEqual(startOf(3n, ends(7n, 10n)), { offset: 7n, isLost: false })
})

test('a committed offset behind the end is of another topic: what is there was never read', () => {
  assert.deepEqual(startOf(1000n, ends(0n, 5n)), { offset: 0n, isLost: true })
})

test('only what grew is to be committed, until that is acknowledged', () => {
  const assignment = new Assignment([0, 1])
  assert.equal(assignment.isPositioned, false)
  assignment.place(0, 4n)
  assert.equal(assignment.isPositioned, false)
  assignment.place(1, 0n)
  assert.equal(assignment.isPositioned, true)
  const tracker = assignment.tracker(1)
  assert.deepEqual(assignment.committable(), [])
  tracker?.handOver(0n)
  tracker?.handOver(1n)
  tracker?.done(1n)
  assert.deepEqual(assignment.committable(), [])
  tracker?.done(0n)
  const offsets = assignment.committable()
  assert.deepEqual(offsets, [{ partition: 1, offset: 2n }])
  assignment.acknowledge(offsets)
  assert.deepEqual(assignment.committable(), [])
  assert.deepEqual(
    [...assignment.places],
    [
      [0, 4n],
      [1, 2n],
    ],
  )
})

test('a partition that is placed anew knows nothing of what was handed over before', () => {
  const assignment = new Assignment([0])
  assignment.place(0, 1000n)
  assignment.tracker(0)?.handOver(1000n)
  assignment.place(0, 0n)
  assignment.tracker(0)?.done(1000n)
  assert.deepEqual(assignment.committable(), [])
  assert.equal(assignment.tracker(0)?.next, 0n)
})

test('a record that comes again is known while it is under way and until it is committed', () => {
  const ledger = new WorkLedger()
  const work = ledger.begin(2, 10n, 1000)
  assert.equal(ledger.underWay, 1)
  assert.equal(ledger.find(2, 10n, 1000), work)
  // Another topic of the same name, another partition, another offset.
  assert.equal(ledger.find(2, 10n, 1001), undefined)
  assert.equal(ledger.find(1, 10n, 1000), undefined)
  assert.equal(ledger.find(2, 11n, 1000), undefined)
  ledger.end(work, true)
  assert.equal(ledger.underWay, 0)
  assert.equal(ledger.find(2, 10n, 1000)?.isDone, true)
  ledger.committed(2, 10n)
  assert.equal(ledger.find(2, 10n, 1000), work)
  ledger.committed(2, 11n)
  assert.equal(ledger.find(2, 10n, 1000), undefined)
})

test('work that ended undone is begun again, and done work of others is forgotten', () => {
  const ledger = new WorkLedger()
  const undone = ledger.begin(0, 1n, 1)
  ledger.end(undone, false)
  assert.equal(ledger.find(0, 1n, 1), undefined)
  const done = ledger.begin(0, 2n, 1)
  const underWay = ledger.begin(0, 3n, 1)
  ledger.end(done, true)
  ledger.keepOnly([1])
  assert.equal(ledger.find(0, 2n, 1), undefined)
  assert.equal(ledger.find(0, 3n, 1), underWay)
})
