// The reader against a model of Kafka: every record once and in order, whatever becomes of the brokers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fc } from '../../../helpers/property.ts'
import { createSilentLog } from '../../../../src/telemetry/log.ts'
import { TopicMap } from '../../../../src/serving/transport/kafka/cluster/topic-map.ts'
import {
  Reader,
  type ReaderOptions,
} from '../../../../src/serving/transport/kafka/reading/reader.ts'
import { until } from '../../../helpers/until.ts'
import { ModelCluster, type ModelOptions } from './model-cluster.ts'
import { nameOf } from './model-partition.ts'
import { befall, eventsOf, faultsOf, heal, runSchedules } from './schedules.ts'

const topic = 'replies'

async function sceneOf(
  options: ModelOptions & { readonly partitions?: number },
  more: Partial<ReaderOptions> & { readonly takesMs?: number } = {},
) {
  const cluster = new ModelCluster(options)
  cluster.make(topic, options.partitions ?? 3)
  const channel = cluster.channel()
  const topics = new TopicMap(channel)
  topics.add(topic)
  while (topics.view(topic) === undefined) await topics.refresh().catch(() => undefined)
  /** Names by partition, as they were handed over. */
  const taken: { readonly partition: number; readonly offset: bigint; readonly name: string }[] = []
  const reader = new Reader({
    channel,
    topics,
    topic,
    maxRecordBytes: 1000,
    maxUnpackedBytes: 100_000,
    onItems: async (partition, items) => {
      for (const item of items) {
        if (item.kind !== 'record') continue
        const name = nameOf(Buffer.from(item.record.value ?? []).toString())
        taken.push({ partition, offset: item.record.offset, name })
      }
      if (more.takesMs !== undefined) await sleep(more.takesMs)
    },
    onOutOfRange: (_partition, _offset, { low }) => low,
    expected: () => 0,
    onSuspect: () => void topics.refresh().catch(() => undefined),
    isTold: () => true,
    log: createSilentLog(),
    ...more,
  })
  const append = (partition: number, ...names: string[]) => {
    const records = names.map((name) => ({ value: Buffer.from(name), headers: {} }))
    const batch = { topic, partition, identity: undefined, firstSequence: 0, records }
    cluster.topic(topic).partitions[partition]?.append(batch)
    cluster.changed.wake()
  }
  const namesOf = (partition: number) =>
    taken.filter((one) => one.partition === partition).map(({ name }) => name)
  const all = (count: number) => new Map([...Array(count).keys()].map((one) => [one, 0n] as const))
  return { cluster, channel, topics, reader, taken, append, namesOf, all }
}

test('every record is handed over once and in order, whatever becomes of leaders and answers', () =>
  runSchedules(
    fc.record({
      takesMs: fc.constantFrom(undefined, 1, 40, 150),
      writes: fc.array(
        fc.record({
          atMs: fc.nat({ max: 600 }),
          partition: fc.nat({ max: 2 }),
          count: fc.nat({ max: 5 }),
        }),
        { minLength: 1, maxLength: 25 },
      ),
      faults: faultsOf(
        ['fetch', 'topics', 'ends'],
        ['lostRequest', 'lostAnswer', 'slow', 'stale'],
        8,
      ),
      events: eventsOf(['move', 'move', 'leaderless', 'freeze'], { most: 6, lastMs: 600 }),
    }),
    { seed: 1, runs: 60 },
    async ({ takesMs, writes, faults, events }) => {
      const { cluster, reader, append, namesOf, all } = await sceneOf(
        { faults },
        takesMs === undefined ? {} : { takesMs },
      )
      for (const event of events) setTimeout(() => befall(cluster, topic, event), event.atMs)
      const written: string[][] = [[], [], []]
      for (const { atMs, partition, count } of writes) {
        setTimeout(() => {
          const of = written[partition] ?? []
          const names = Array.from({ length: count }, (_, i) => `${partition}-${of.length + i}`)
          of.push(...names)
          if (count > 0) append(partition, ...names)
        }, atMs)
      }
      reader.read(all(3))
      await sleep(700)
      heal(cluster, topic, 3)
      await until('all to be read', () => written.every((of, p) => namesOf(p).length >= of.length))
      await sleep(200)
      reader.close()
      for (const [partition, of] of written.entries()) assert.deepEqual(namesOf(partition), of)
    },
  ))

test('what two brokers give of one partition is handed over once', async () => {
  let isHeld = true
  const scene = await sceneOf(
    { partitions: 2 },
    {
      onItems: async (partition, items) => {
        for (const item of items) {
          if (item.kind !== 'record') continue
          const { offset, value } = item.record
          scene.taken.push({ partition, offset, name: Buffer.from(value ?? []).toString() })
        }
        while (isHeld) await sleep(5)
      },
    },
  )
  const { cluster, topics, reader, append, namesOf, all } = scene
  // One broker leads both; it waits with the records of the first while the second moves.
  cluster.moveLeader(topic, 0, 1)
  cluster.moveLeader(topic, 1, 1)
  await topics.refresh()
  append(0, 'a')
  append(1, 'b')
  reader.read(all(2))
  await until('the first records', () => namesOf(0).length > 0)
  cluster.moveLeader(topic, 1, 2)
  cluster.moveLeader(topic, 0, 2)
  await topics.refresh()
  await sleep(100)
  isHeld = false
  append(1, 'c')
  await until('all records', () => namesOf(1).includes('c'))
  await sleep(50)
  reader.close()
  assert.deepEqual(namesOf(0), ['a'])
  assert.deepEqual(namesOf(1), ['b', 'c'])
})

test('a partition that is added is read from where its owner says', async () => {
  const { cluster, topics, reader, append, namesOf, all } = await sceneOf({ partitions: 1 })
  reader.read(all(1))
  cluster.addPartitions(topic, 2)
  append(2, 'a', 'b', 'c')
  await topics.refresh()
  reader.add(2, 1n)
  append(0, 'd')
  await until('all records', () => namesOf(2).length + namesOf(0).length >= 3)
  reader.close()
  assert.deepEqual([namesOf(0), namesOf(2)], [['d'], ['b', 'c']])
})

test('where the place is gone, its owner says where to go on', async () => {
  const asked: unknown[] = []
  const { cluster, reader, append, namesOf } = await sceneOf(
    { partitions: 1 },
    {
      onOutOfRange: (partition, offset, ends) => {
        asked.push([partition, offset, ends.low, ends.high])
        return ends.low + 1n
      },
    },
  )
  for (let i = 0; i < 6; i++) append(0, `a${i}`)
  cluster.topic(topic).partitions[0]?.cutBefore(3n)
  reader.read(new Map([[0, 1n]]))
  await until('what is there', () => namesOf(0).length >= 2)
  assert.deepEqual(asked, [[0, 1n, 3n, 6n]])
  assert.deepEqual(namesOf(0), ['a4', 'a5'])
  // And beyond the end.
  reader.read(new Map([[0, 100n]]))
  await until('what is there', () => namesOf(0).length >= 4)
  reader.close()
  assert.deepEqual(asked.at(-1), [0, 100n, 3n, 6n])
})

test('after other places are read, nothing of the former round is handed over', () =>
  runSchedules(
    fc.record({
      afterMs: fc.nat({ max: 30 }),
      faults: faultsOf(['fetch'], ['slow'], 3),
      isStopped: fc.boolean(),
    }),
    { seed: 2, runs: 40 },
    async ({ afterMs, faults, isStopped }) => {
      const { cluster, reader, append, taken } = await sceneOf({ partitions: 2, faults })
      for (const one of cluster.topic(topic).partitions) {
        cluster.moveLeader(topic, one.partition, 1)
      }
      for (let i = 0; i < 50; i++) append(0, ...Array.from({ length: 20 }, (_, j) => `${i}.${j}`))
      append(1, 'other')
      reader.read(new Map([[0, 0n]]))
      await sleep(afterMs)
      const before = taken.length
      if (isStopped) reader.stop()
      else reader.read(new Map([[1, 0n]]))
      // The former round's fetch may idle for 500 ms before the broker is asked for others.
      await sleep(700)
      const after = taken.slice(before)
      reader.close()
      assert.deepEqual(
        after.map(({ name }) => name),
        isStopped ? [] : ['other'],
      )
    },
  ))

test('a place that is sought while records are handed over counts, also where it is the same', async () => {
  const { cluster, topics, reader, append, namesOf } = await sceneOf(
    { partitions: 1 },
    { takesMs: 100 },
  )
  append(0, 'old-0', 'old-1', 'old-2')
  topics.onChange(topic, ({ isAnew }) => {
    if (isAnew) reader.seek(0, 0n)
  })
  reader.read(new Map([[0, 0n]]))
  await until('the old records', () => namesOf(0).length > 0)
  // Made anew while its first records are handed over, which began at 0 too.
  cluster.make(topic, 1)
  append(0, 'new-0', 'new-1', 'new-2', 'new-3')
  await topics.refresh()
  await until('the new records', () => namesOf(0).includes('new-3'))
  reader.close()
  assert.deepEqual(namesOf(0).slice(3), ['new-0', 'new-1', 'new-2', 'new-3'])
})

test('a frozen broker is let go once its partitions are led elsewhere', async () => {
  const { cluster, channel, reader, append, namesOf, all } = await sceneOf({
    partitions: 1,
    requestTimeoutMs: 20_000,
  })
  reader.read(all(1))
  append(0, 'a')
  await until('the first record', () => namesOf(0).length === 1)
  cluster.freeze(1)
  cluster.moveLeader(topic, 0, 2)
  append(0, 'b')
  await until('the second record', () => namesOf(0).length === 2)
  // The idle fetch may take 500 ms, and a broker 1.5 s longer before it is looked at.
  await until('the frozen broker to be let go', () => channel.dropped.includes(1), 6000)
  cluster.thaw(1)
  reader.close()
})

test('what is stopped asks for nothing more', async () => {
  const { cluster, reader, append, taken, all } = await sceneOf({})
  reader.read(all(3))
  await sleep(50)
  reader.stop()
  append(0, 'late')
  await sleep(600)
  const asked = cluster.faults.count('fetch')
  await sleep(600)
  assert.equal(cluster.faults.count('fetch'), asked)
  assert.equal(taken.length, 0)
  reader.read(all(3))
  await until('what came meanwhile', () => taken.length > 0)
  reader.close()
})
