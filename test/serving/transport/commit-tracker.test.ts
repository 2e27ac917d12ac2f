// The commit tracker against a plain model: whatever the order in which requests end.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import { CommitTracker } from '../../../src/serving/transport/kafka/requests/commit-tracker.ts'

/** Offsets as a topic has them: ascending, with gaps where records were removed. */
const offsets = fc
  .array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 60 })
  .map((steps) => {
    let at = 100
    return steps.map((step) => BigInt((at += step)))
  })

/** What may be committed by definition: up to the first one that is not done. */
function modelOf(handedOver: readonly bigint[], done: ReadonlySet<bigint>, next: bigint): bigint {
  return handedOver.find((offset) => !done.has(offset)) ?? next
}

test('what may be committed is the gap-free prefix, in whatever order requests end', () => {
  fc.assert(
    fc.property(
      offsets.chain((all) =>
        fc.tuple(
          fc.constant(all),
          fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }),
          // How many are handed over between two that end.
          fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 200 }),
        ),
      ),
      ([all, order, pace]) => {
        const tracker = new CommitTracker(100n)
        const handedOver: bigint[] = []
        const done = new Set<bigint>()
        const left = [...all]
        let last = tracker.committable
        const check = () => {
          assert.equal(tracker.committable, modelOf(handedOver, done, tracker.next))
          assert.ok(tracker.committable >= last, 'it fell')
          last = tracker.committable
        }
        const handOver = (offset: bigint) => {
          tracker.handOver(offset)
          handedOver.push(offset)
          check()
        }
        order.forEach((offset, step) => {
          for (let i = pace[step % pace.length] ?? 0; i > 0 && left.length > 0; i--) {
            handOver(left.shift() as bigint)
          }
          while (!handedOver.includes(offset)) handOver(left.shift() as bigint)
          tracker.done(offset)
          done.add(offset)
          check()
        })
        assert.equal(tracker.committable, tracker.next)
      },
    ),
    { seed: 20250101, numRuns: 500 },
  )
})

test('what is done twice, or was never handed over here, changes nothing', () => {
  fc.assert(
    fc.property(offsets, fc.array(fc.bigInt({ min: 0n, max: 400n })), (all, strangers) => {
      const tracker = new CommitTracker(100n)
      for (const offset of all) tracker.handOver(offset)
      const known = new Set(all)
      for (const stranger of strangers) {
        if (known.has(stranger)) continue
        tracker.done(stranger)
        assert.equal(tracker.committable, all[0])
      }
      for (const offset of all) {
        tracker.done(offset)
        tracker.done(offset)
      }
      assert.equal(tracker.committable, tracker.next)
    }),
    { seed: 20250102, numRuns: 200 },
  )
})

test('a fresh tracker has nothing to commit', () => {
  const tracker = new CommitTracker(42n)
  assert.equal(tracker.committable, 42n)
  assert.equal(tracker.committed, 42n)
  assert.equal(tracker.next, 42n)
})

test('an offset behind the next one is refused: it was handed over before', () => {
  const tracker = new CommitTracker(5n)
  tracker.handOver(7n)
  for (const offset of [4n, 5n, 7n]) assert.throws(() => tracker.handOver(offset), RangeError)
  tracker.handOver(8n)
})

test('the end of a batch is committable when all in it is done', () => {
  const tracker = new CommitTracker(0n)
  tracker.handOver(0n)
  // Offsets 1 and 2 were removed by the broker.
  tracker.skipTo(3n)
  assert.equal(tracker.committable, 0n)
  tracker.done(0n)
  assert.equal(tracker.committable, 3n)
  tracker.skipTo(2n)
  assert.equal(tracker.next, 3n)
})

test('an acknowledged commit never falls', () => {
  const tracker = new CommitTracker(10n)
  tracker.acknowledge(20n)
  tracker.acknowledge(15n)
  assert.equal(tracker.committed, 20n)
})

test('many thousands in flight are kept apart', () => {
  const tracker = new CommitTracker(0n)
  const count = 20_000n
  for (let offset = 0n; offset < count; offset++) tracker.handOver(offset)
  for (let offset = count - 1n; offset > 0n; offset--) tracker.done(offset)
  assert.equal(tracker.committable, 0n)
  tracker.done(0n)
  assert.equal(tracker.committable, count)
})
