// The sender against a model of Kafka, under seeded schedules of faults: what resolved is there once, what
// was refused is not there, and nothing waits for ever.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fc } from '../../../helpers/property.ts'
import { DdnnError } from '../../../../src/errors.ts'
import { createSilentLog } from '../../../../src/telemetry/log.ts'
import { BrokerClocks } from '../../../../src/serving/transport/kafka/cluster/broker-clocks.ts'
import { TopicMap } from '../../../../src/serving/transport/kafka/cluster/topic-map.ts'
import type { OutgoingRecord } from '../../../../src/serving/transport/kafka/sending/item.ts'
import { Sender } from '../../../../src/serving/transport/kafka/sending/sender.ts'
import { until } from '../../../helpers/until.ts'
import { ModelCluster, type ModelOptions } from './model-cluster.ts'
import { befall, eventsOf, faultsOf, heal, runSchedules, type ModelEvent } from './schedules.ts'

const topic = 'requests'
const partitions = 3
const tooLarge = 5000

function sceneOf(options: ModelOptions) {
  const cluster = new ModelCluster(options)
  cluster.make(topic, partitions)
  cluster.make('forbidden', 1)
  const channel = cluster.channel()
  const topics = new TopicMap(channel)
  const sender = new Sender({
    channel,
    topics,
    clocks: new BrokerClocks(),
    place: { hosts: 'model:9092', flag: '' },
    onSuspect: () => void topics.refresh().catch(() => undefined),
    log: createSilentLog(),
  })
  for (const one of [topic, 'forbidden']) {
    topics.add(one)
    sender.follow(one)
  }
  return { cluster, channel, topics, sender }
}

function recordOf(value: string, more: Partial<OutgoingRecord> = {}): OutgoingRecord {
  return { topic, value: Buffer.from(value), headers: () => ({}), ...more }
}

const schedules = fc.record({
  hasProducerIds: fc.boolean(),
  hasTopicIds: fc.boolean(),
  sends: fc.array(
    fc.record({
      atMs: fc.nat({ max: 400 }),
      partition: fc.option(fc.nat({ max: partitions - 1 }), { nil: undefined }),
      isOnce: fc.boolean(),
      size: fc.constantFrom(10, 10, 10, 900, tooLarge),
      isForbidden: fc.nat({ max: 9 }).map((n) => n === 0),
      abortAfterMs: fc.option(fc.nat({ max: 600 }), { nil: undefined, freq: 3 }),
    }),
    { minLength: 1, maxLength: 30 },
  ),
  faults: faultsOf(
    ['produce', 'topics', 'identify'],
    ['lostRequest', 'lostAnswer', 'slow', 'unsure', 'stale'],
    8,
  ),
})

type Schedule = typeof schedules extends fc.Arbitrary<infer T> ? T : never

/** Sends by the schedule; checks what must be so whatever happens. */
async function check(
  schedule: Schedule,
  events: readonly ModelEvent[],
  healAfterMs = 700,
): Promise<void> {
  const scene = sceneOf({ ...schedule, maxBatchBytes: 2000 })
  const { cluster, channel, sender } = scene
  for (const event of events) setTimeout(() => befall(cluster, topic, event), event.atMs)
  const outcomes = schedule.sends.map(async (one, index) => {
    await sleep(one.atMs)
    const value = `r${index}:`.padEnd(one.size, '.')
    const { partition, isOnce } = one
    const signal =
      one.abortAfterMs === undefined ? undefined : AbortSignal.timeout(one.abortAfterMs)
    const to = one.isForbidden ? { topic: 'forbidden' } : { partition }
    try {
      await sender.send(recordOf(value, { isOnce, ...to }), signal)
      return 'resolved'
    } catch (error) {
      return error instanceof DdnnError ? error.code : error
    }
  })
  await sleep(healAfterMs)
  heal(cluster, topic, partitions)
  const late = sleep(8000, 'pending')
  const ended = await Promise.all(outcomes.map((one) => Promise.race([one, late])))
  sender.close()
  await sleep(50)
  const lives = cluster.lives(topic)
  const isRemade = lives.length > 1
  for (const [index, outcome] of ended.entries()) {
    const one = schedule.sends[index]
    const copies = lives.map((life) => life.filter(({ value }) => value === `r${index}`))
    const most = Math.max(...copies.map(({ length }) => length))
    const total = copies.flat().length
    const what = `r${index} ${String(outcome)}, ${JSON.stringify(one)}, there ${total} times`
    if (outcome === 'resolved') assert.ok(total >= 1, what)
    if (schedule.hasProducerIds) assert.ok(most <= 1, what)
    if (one?.isOnce === true) assert.ok(most <= 1, what)
    if (one?.isForbidden === true || one?.size === tooLarge) {
      assert.notEqual(outcome, 'resolved', what)
      assert.equal(total, 0, what)
    }
    if (one?.abortAfterMs === undefined) {
      const code = one?.isForbidden === true ? 'DDNN_TRANSPORT_REFUSED' : 'DDNN_FRAME_TOO_LARGE'
      const isBad = one?.isForbidden === true || one?.size === tooLarge
      // Where nobody can tell whether it is there, one that must not come twice is given up.
      const isGivenUp = one?.isOnce === true && outcome === 'DDNN_TRANSPORT_UNREACHABLE'
      // It waits for a partition that the topic made anew has not; another may come.
      const isMissing = (one?.partition ?? 0) >= cluster.topic(topic).partitions.length
      if (isMissing && outcome === 'pending') continue
      if (!isGivenUp || (schedule.hasProducerIds && !isRemade)) {
        assert.equal(outcome, isBad ? code : 'resolved', what)
      }
    } else assert.notEqual(outcome, 'pending', what)
    if (!isRemade && one?.partition !== undefined) {
      assert.ok(
        copies.flat().every(({ partition }) => partition === one.partition),
        what,
      )
    }
  }
  assert.ok(channel.produced.every(({ underWay }) => underWay === 1))
}

test('whatever answers and requests are lost, what resolved is there once, and what was refused is not', () =>
  runSchedules(schedules, { seed: 1, runs: 60 }, (schedule) => check(schedule, [])))

test('leaders that move, are missing or freeze, and partitions that are added, change nothing of that', () =>
  runSchedules(
    fc.tuple(schedules, eventsOf(['move', 'leaderless', 'freeze', 'grow'])),
    { seed: 2, runs: 60 },
    ([schedule, events]) => check(schedule, events, 3000),
  ))

test('a topic that is deleted, or made anew, takes what was not acknowledged', () =>
  runSchedules(
    fc.tuple(schedules, eventsOf(['move', 'remake', 'delete'], { most: 3 })),
    { seed: 3, runs: 60 },
    ([schedule, events]) => check({ ...schedule, hasTopicIds: true }, events),
  ))

test('a sender takes partitions in turn, and many senders do not begin with the same one', async () => {
  const firsts = new Set<number>()
  for (let i = 0; i < 40; i++) {
    const { cluster, topics, sender } = sceneOf({})
    await topics.refresh()
    for (let k = 0; k < 2 * partitions; k++) await sender.send(recordOf(`r${k}`))
    sender.close()
    const [life = []] = cluster.lives(topic)
    const order = Array.from(
      { length: 2 * partitions },
      (_, k) => life.find(({ value }) => value === `r${k}`)?.partition ?? -1,
    )
    firsts.add(order[0] ?? -1)
    assert.equal(new Set(order.slice(0, partitions)).size, partitions)
    assert.deepEqual(order.slice(partitions), order.slice(0, partitions))
  }
  assert.equal(firsts.size, partitions)
})

test('what is sent one after another stands in that order in its partition', () =>
  runSchedules(
    fc.record({
      count: fc.integer({ min: 3, max: 12 }),
      faults: faultsOf(['produce', 'topics'], ['lostRequest', 'lostAnswer', 'slow']),
      events: eventsOf(['move'], { most: 3 }),
    }),
    { seed: 4, runs: 30 },
    async ({ count, faults, events }) => {
      const { cluster, sender } = sceneOf({ faults })
      for (const event of events) setTimeout(() => befall(cluster, topic, event), event.atMs)
      const names: string[] = []
      for (let i = 0; i < count; i++) {
        names.push(`a${i}`, `b${i}`)
        // Two at a time: those that are begun one after another keep their order too.
        await Promise.all([
          sender.send(recordOf(`a${i}`, { partition: 1 })),
          sender.send(recordOf(`b${i}`, { partition: 1 })),
        ])
      }
      const [life] = cluster.lives(topic)
      assert.deepEqual(
        life?.map(({ value }) => value),
        names,
      )
    },
  ))

test('headers say what is so when the record goes out, and say it anew when it goes out again', async () => {
  const { cluster, channel, topics, sender } = sceneOf({
    faults: [0, 1].map((nth) => ({ api: 'produce', nth, kind: 'lostRequest' }) as const),
  })
  await topics.refresh()
  let left = 100
  const sent = sender.send(recordOf('r', { headers: () => ({ left: String(left) }) }))
  left = 90
  const countDown = setInterval(() => (left -= 1), 10)
  await sent
  clearInterval(countDown)
  const said = channel.produced.map(({ batches }) =>
    Number(batches[0]?.records[0]?.headers['left']),
  )
  assert.equal(said.length, 3)
  assert.equal(said[0], 90)
  assert.ok((said[1] ?? 0) < 90 && (said[2] ?? 0) < (said[1] ?? 0), said.join(' '))
  const [life] = cluster.lives(topic)
  assert.deepEqual(
    life?.map(({ headers }) => Number(headers['left'])),
    said.slice(2),
  )
})

test('what is sent in one turn of the loop is one Produce to each broker', async () => {
  const { channel, topics, sender } = sceneOf({})
  await topics.refresh()
  await Promise.all(Array.from({ length: 50 }, (_, i) => sender.send(recordOf(`r${i}`))))
  assert.equal(channel.produced.length, 3)
  // What comes while they are under way shares the next one.
  const first = Array.from({ length: 3 }, (_, partition) =>
    sender.send(recordOf('f', { partition })),
  )
  await new Promise((resolve) => setImmediate(resolve))
  const rest = Array.from({ length: 40 }, (_, i) => sender.send(recordOf(`s${i}`)))
  await Promise.all([...first, ...rest])
  assert.equal(channel.produced.length, 9)
})

test('a Produce has a bounded size', async () => {
  const { channel, topics, sender } = sceneOf({})
  await topics.refresh()
  const value = 'r:'.padEnd(400_000, '.')
  await Promise.all(Array.from({ length: 90 }, () => sender.send(recordOf(value))))
  const sizes = channel.produced.map(({ batches }) =>
    batches
      .flatMap(({ records }) => records)
      .reduce((sum, one) => sum + (one.value?.length ?? 0), 0),
  )
  assert.ok(Math.max(...sizes) < 9 * 1024 * 1024, String(Math.max(...sizes)))
})

test(
  'a record for what is not there waits, and holds up nothing else',
  { timeout: 20_000 },
  async () => {
    const { cluster, topics, sender } = sceneOf({
      faults: [{ api: 'produce', nth: 1, kind: 'lostAnswer' }],
    })
    await topics.refresh()
    topics.add('missing')
    const gone = new AbortController()
    const missing = sender.send(recordOf('m', { topic: 'missing' }))
    const given = sender.send(recordOf('g', { partition: 7 }), gone.signal)
    for (let i = 0; i < 4; i++) await sender.send(recordOf(`r${i}`, { partition: 0 }))
    gone.abort()
    await assert.rejects(given, { code: 'DDNN_TRANSPORT_UNREACHABLE' })
    cluster.make('missing', 1)
    await missing
    assert.equal(cluster.lives('missing')[0]?.length, 1)
    assert.deepEqual(
      cluster.lives(topic)[0]?.map(({ value }) => value),
      ['r0', 'r1', 'r2', 'r3'],
    )
  },
)

test('without producer ids, one that must not come twice is given up where a broker may have it', async () => {
  const { cluster, topics, sender } = sceneOf({
    hasProducerIds: false,
    faults: [
      { api: 'produce', nth: 0, kind: 'unsure' },
      { api: 'produce', nth: 1, kind: 'lostAnswer' },
      { api: 'produce', nth: 2, kind: 'slow' },
    ],
  })
  await topics.refresh()
  const once = (name: string) => sender.send(recordOf(name, { isOnce: true, partition: 0 }))
  await assert.rejects(once('its followers are away'), { code: 'DDNN_TRANSPORT_UNREACHABLE' })
  await assert.rejects(once('its answer is lost'), { code: 'DDNN_TRANSPORT_UNREACHABLE' })
  // Taken, and its leader moves before it says so.
  const moved = assert.rejects(once('its leader moves'), { code: 'DDNN_TRANSPORT_UNREACHABLE' })
  const copies = () => cluster.lives(topic)[0]?.length
  await until('it to be taken', () => copies() === 3)
  cluster.moveLeader(topic, 0, 2)
  await topics.refresh()
  await moved
  await once('all is well')
  assert.deepEqual(
    cluster.lives(topic)[0]?.map(({ value }) => value),
    ['its followers are away', 'its answer is lost', 'its leader moves', 'all is well'],
  )
})

test('closing rejects all that was not acknowledged, and asks the brokers nothing more', async () => {
  const { cluster, topics, sender } = sceneOf({})
  await topics.refresh()
  for (const node of [1, 2, 3]) cluster.freeze(node)
  const open = [
    ...Array.from({ length: 6 }, (_, i) => sender.send(recordOf(`r${i}`))),
    sender.send(recordOf('m', { partition: 9 })),
    sender.send(recordOf('m', { topic: 'nowhere' })),
  ]
  await sleep(20)
  sender.close()
  for (const one of open) await assert.rejects(one, { code: 'DDNN_TRANSPORT_CLOSED' })
  await assert.rejects(sender.send(recordOf('late')), { code: 'DDNN_TRANSPORT_CLOSED' })
  for (const node of [1, 2, 3]) cluster.thaw(node)
  await sleep(300)
  const asked = cluster.faults.count('topics') + cluster.faults.count('produce')
  await sleep(300)
  assert.equal(cluster.faults.count('topics') + cluster.faults.count('produce'), asked)
})
