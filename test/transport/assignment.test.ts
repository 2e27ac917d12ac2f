// One assignment of a group, with a real broker's offsets.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Assignment } from '../../src/transport/kafka/assignment.ts'
import type { CommitTracker } from '../../src/transport/kafka/commit-tracker.ts'
import { WorkLedger } from '../../src/transport/kafka/work-ledger.ts'
import {
  createTestTopic,
  randomName,
  startKafka,
  testClient,
  withAdmin,
  type TestKafka,
} from '../helpers/kafka.ts'

let kafka: TestKafka
before(async () => {
  kafka = await startKafka()
})
after(() => kafka.stop())

async function send(topic: string, partition: number, count: number): Promise<void> {
  const producer = testClient(kafka.bootstrap).producer()
  await producer.connect()
  const messages = Array.from({ length: count }, () => ({ value: 'x', partition }))
  await producer.send({ topic, messages })
  await producer.disconnect()
}

test('it starts where the group has committed, and where it has not, at the oldest record', async () => {
  const topic = await createTestTopic(kafka, 'assigned', { partitions: 3 })
  const groupId = randomName('group')
  for (const partition of [0, 1, 2]) await send(topic, partition, 10)
  await withAdmin(kafka.bootstrap, async (admin) => {
    await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '4' }] })
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 1, offset: '7' }] })
    const assignment = new Assignment(topic, [0, 1])
    assert.equal(assignment.isPositioned, false)
    assert.equal(assignment.tracker(0), undefined)
    await assignment.position(admin, groupId)
    assert.equal(assignment.isPositioned, true)
    assert.equal(assignment.tracker(0)?.next, 4n)
    assert.equal(assignment.tracker(1)?.next, 7n)
    assert.equal(assignment.tracker(2), undefined)
  })
})

test('only what grew is to be committed, until that is acknowledged', async () => {
  const topic = await createTestTopic(kafka, 'assigned', { partitions: 2 })
  const assignment = new Assignment(topic, [0, 1])
  await withAdmin(kafka.bootstrap, (admin) => assignment.position(admin, randomName('group')))
  const tracker = assignment.tracker(1) as CommitTracker
  assert.deepEqual(assignment.committable(), [])
  tracker.handOver(0n)
  tracker.handOver(1n)
  tracker.done(1n)
  assert.deepEqual(assignment.committable(), [])
  tracker.done(0n)
  const offsets = assignment.committable()
  assert.deepEqual(offsets, [{ partition: 1, offset: 2n }])
  assignment.acknowledge(offsets)
  assert.deepEqual(assignment.committable(), [])
})

test('a batch that leaves a gap is sought back once, and taken when the gap is a real one', async () => {
  const topic = await createTestTopic(kafka, 'assigned', { partitions: 1 })
  const assignment = new Assignment(topic, [0])
  await withAdmin(kafka.bootstrap, (admin) => assignment.position(admin, randomName('group')))
  const tracker = assignment.tracker(0) as CommitTracker
  assert.equal(assignment.carriesOn(0, tracker, 0n), true)
  tracker.handOver(0n)
  // Fetched in an older assignment, from further on.
  assert.equal(assignment.carriesOn(0, tracker, 5n), false)
  assert.equal(assignment.carriesOn(0, tracker, 1n), true)
  tracker.handOver(1n)
  assert.equal(assignment.carriesOn(0, tracker, 9n), false)
  assert.equal(assignment.carriesOn(0, tracker, 9n), true)
  assert.equal(tracker.next, 9n)
})

test('a record that comes again is known while it is under way and until it is committed', () => {
  const ledger = new WorkLedger()
  const work = ledger.begin(2, 10n, '1000')
  assert.equal(ledger.underWay, 1)
  assert.equal(ledger.find(2, 10n, '1000'), work)
  // Another topic of the same name, another partition, another offset.
  assert.equal(ledger.find(2, 10n, '1001'), undefined)
  assert.equal(ledger.find(1, 10n, '1000'), undefined)
  assert.equal(ledger.find(2, 11n, '1000'), undefined)
  ledger.end(work, true)
  assert.equal(ledger.underWay, 0)
  assert.equal(ledger.find(2, 10n, '1000')?.isDone, true)
  ledger.committed(2, 10n)
  assert.equal(ledger.find(2, 10n, '1000'), work)
  ledger.committed(2, 11n)
  assert.equal(ledger.find(2, 10n, '1000'), undefined)
})

test('work that ended undone is begun again, and done work of others is forgotten', () => {
  const ledger = new WorkLedger()
  const undone = ledger.begin(0, 1n, '1')
  ledger.end(undone, false)
  assert.equal(ledger.find(0, 1n, '1'), undefined)
  const done = ledger.begin(0, 2n, '1')
  const underWay = ledger.begin(0, 3n, '1')
  ledger.end(done, true)
  ledger.keepOnly([1])
  assert.equal(ledger.find(0, 2n, '1'), undefined)
  assert.equal(ledger.find(0, 3n, '1'), underWay)
})
