// The queue of one partition against what Kafka asks of a producer: sequences without a gap, each batch as
// it was when it goes out again, and its records in their order.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../helpers/property.ts'
import type { Item } from '../../../../src/serving/transport/kafka/sending/item.ts'
import {
  PartitionQueue,
  produceBatchOf,
} from '../../../../src/serving/transport/kafka/sending/partition-queue.ts'
import { ModelPartition } from './model-partition.ts'

function itemOf(name: string, bytes = 100): Item {
  const record = { topic: 't', value: Buffer.from(name), headers: () => ({}) }
  const item = { record, bytes, isOver: false, isAlone: false, isAnywhere: false }
  return { ...item, settle: () => undefined }
}

const nameOf = ({ record }: Item) => Buffer.from(record.value ?? []).toString()
const first = { producerId: 'first', epoch: 0 }
const second = { producerId: 'second', epoch: 0 }

const steps = fc.array(
  fc.constantFrom('push', 'push', 'send', 'send', 'lose', 'lost', 'give up', 'renew'),
  { minLength: 1, maxLength: 80 },
)

test('each record is in the log once, in order, whatever is lost on its way', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const queue = new PartitionQueue('t', 0)
      const partition = new ModelPartition(0, 1)
      const pushed: Item[] = []
      let producers = 0
      let current = { producerId: 'p0', epoch: 0 }
      const renew = () => (current = { producerId: `p${++producers}`, epoch: 0 })
      const send = (fate: 'answered' | 'lost on its way there' | 'lost on its way back') => {
        const batch = queue.take(current)
        if (batch === undefined) return
        if (fate !== 'lost on its way there') partition.append(produceBatchOf(queue, batch))
        if (fate === 'answered') queue.taken(batch)
      }
      for (const step of all) {
        if (step === 'push') {
          const item = itemOf(`r${pushed.length}`)
          pushed.push(item)
          queue.push(item)
        } else if (step === 'send') send('answered')
        else if (step === 'lose') send('lost on its way there')
        else if (step === 'lost') send('lost on its way back')
        else if (step === 'renew') renew()
        else {
          // Nobody waits for what is in it any more.
          for (const item of queue.items) item.isOver = true
          if (queue.isAbandoned) {
            queue.abandon()
            renew()
          }
          queue.sweep()
        }
      }
      while (!queue.isEmpty) send('answered')
      const stored = partition.records.map(({ value }) => value)
      assert.deepEqual(stored, [...new Set(stored)])
      const kept = pushed.filter(({ isOver }) => !isOver).map(nameOf)
      assert.deepEqual(
        stored.filter((name) => kept.includes(name)),
        kept,
      )
      const order = stored.map((name) => Number(name.slice(1)))
      assert.deepEqual(
        order,
        [...order].sort((a, b) => a - b),
      )
    }),
    { seed: 20250105, numRuns: 500 },
  )
})

test('what went out goes out again as it was, whatever came meanwhile', () => {
  const queue = new PartitionQueue('t', 0)
  queue.push(itemOf('a'))
  const sent = queue.take(first)
  queue.push(itemOf('b'))
  assert.equal(queue.take(second), sent)
  assert.deepEqual(queue.identityFor(second), first)
  assert.equal(queue.isUnsure, true)
  assert.ok(sent)
  queue.taken(sent)
  const next = queue.take(first)
  assert.deepEqual(next?.items.map(nameOf), ['b'])
  assert.equal(next?.firstSequence, 1)
})

test('another identity begins with sequence 0, and so does one whose sequences are spent', () => {
  const queue = new PartitionQueue('t', 0)
  for (const identity of [first, second]) {
    for (const sequence of [0, 1, 2]) {
      queue.push(itemOf('a'))
      const batch = queue.take(identity)
      assert.equal(batch?.firstSequence, sequence)
      if (batch !== undefined) queue.taken(batch)
    }
  }
})

test('a batch is bounded, a larger record goes alone, and so does one that is asked to', () => {
  const queue = new PartitionQueue('t', 0)
  const items = [itemOf('a', 500_000), itemOf('b', 500_000), itemOf('c', 2_000_000), itemOf('d')]
  const alone = itemOf('e')
  alone.isAlone = true
  for (const item of [...items, alone, itemOf('f'), itemOf('g')]) queue.push(item)
  const batches: string[] = []
  for (let batch = queue.take(first); batch !== undefined; batch = queue.take(first)) {
    batches.push(batch.items.map(nameOf).join(''))
    queue.taken(batch)
  }
  assert.deepEqual(batches, ['a', 'b', 'c', 'd', 'e', 'fg'])
})

test('what was refused may be put back in front; what nobody waits for goes out no more', () => {
  const queue = new PartitionQueue('t', 0)
  const items = ['a', 'b', 'c'].map((name) => itemOf(name))
  for (const item of items) queue.push(item)
  const batch = queue.take(first)
  queue.push(itemOf('d'))
  assert.ok(batch)
  queue.refused(batch)
  queue.putBack(batch.items)
  const [, b] = items
  if (b !== undefined) b.isOver = true
  const again = queue.take(first)
  assert.deepEqual(again?.items.map(nameOf), ['a', 'c', 'd'])
  assert.equal(again?.firstSequence, 0)
})
