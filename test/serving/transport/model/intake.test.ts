// Tiers of one group against a model of Kafka: whatever comes, goes, freezes or is made anew, every request
// is done, and nothing is committed before it is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fc } from '../../../helpers/property.ts'
import { TransportError } from '../../../../src/errors.ts'
import { createSilentLog } from '../../../../src/telemetry/log.ts'
import { createMetrics } from '../../../../src/telemetry/metrics/metrics.ts'
import { KafkaCluster } from '../../../../src/serving/transport/kafka/cluster/kafka-cluster.ts'
import * as groupBytes from '../../../../src/serving/transport/kafka/kafkajs/group-bytes.ts'
import { RequestIntake } from '../../../../src/serving/transport/kafka/requests/intake.ts'
import type { IncomingRequest } from '../../../../src/serving/transport/transport.ts'
import { until } from '../../../helpers/until.ts'
import { ModelCluster, type ModelTopic } from './model-cluster.ts'
import { nameOf, type ModelPartition } from './model-partition.ts'
import { befall, eventsOf, faultsOf, heal, runSchedules } from './schedules.ts'

const topic = 'requests'
const groupId = 'tier'
const sessionTimeoutMs = 600
const maxInFlight = 4
const log = createSilentLog()

/** What all processes of a scene have done, and what they may not do. */
class Scene {
  readonly cluster: ModelCluster
  readonly done = new Set<string>()
  readonly problems: string[] = []
  readonly tiers: Tier[] = []
  #written = 0
  readonly #committed = new Map<string, bigint>()

  constructor(cluster: ModelCluster) {
    this.cluster = cluster
    cluster.onCommit = (life, partition, offset) => this.#check(life, partition, offset)
  }

  #check({ id, partitions }: ModelTopic, partition: number, offset: bigint): void {
    // Kafka's commits name no life of a topic: one of the life before may count in the next, until its
    // member knows. What that may cost is told at the end, by what is undone.
    if (!id.endsWith('#1')) return
    const key = `${id}/${partition}`
    const before = this.#committed.get(key) ?? 0n
    if (offset < before) this.problems.push(`${key} fell from ${before} to ${offset}`)
    this.#committed.set(key, offset)
    const of = partitions[partition]
    const undone = of?.records.filter((one) => one.offset < offset && !this.done.has(one.value))
    for (const { value } of undone ?? []) {
      this.problems.push(`${key} was committed at ${offset}, but ${value} is not done`)
    }
  }

  write(partition: number, count: number): void {
    const of = this.#partition(partition)
    if (of === undefined || count === 0) return
    const names = Array.from({ length: count }, () => `r${this.#written++}`)
    const records = names.map((name) => ({ value: Buffer.from(name), headers: {} }))
    of.append({ topic, partition, identity: undefined, firstSequence: 0, records })
    this.cluster.changed.wake()
  }

  #partition(partition: number): ModelPartition | undefined {
    try {
      return this.cluster.topic(topic).partitions[partition]
    } catch {
      return undefined // deleted
    }
  }

  /** Requests of the topic as it is now that nobody has done. */
  get undone(): readonly string[] {
    const { partitions } = this.cluster.topic(topic)
    return partitions.flatMap(({ low, records }) =>
      records.filter((one) => one.offset >= low && !this.done.has(one.value)).map((r) => r.value),
    )
  }

  /** Partitions in which the group has not committed all that there is. */
  get uncommitted(): readonly number[] {
    const { committed } = this.cluster.group(groupId)
    return this.cluster
      .topic(topic)
      .partitions.filter(({ partition, high }) => {
        return high > 0n && committed.get(`${topic}/${partition}`) !== high
      })
      .map(({ partition }) => partition)
  }
}

/** One process of the group. */
class Tier {
  readonly #client: ReturnType<ModelCluster['client']>
  readonly #cluster: KafkaCluster
  readonly #intake: RequestIntake
  #underWay = 0
  #closed: Promise<void> | undefined

  constructor(scene: Scene, more: { readonly takesMs: number; readonly failsAt: number }) {
    this.#client = scene.cluster.client()
    this.#cluster = new KafkaCluster({
      place: { hosts: 'model:9092', flag: '' },
      login: { brokers: ['model:9092'], clientId: 't', ssl: undefined, sasl: undefined, log },
      createClient: () => this.#client,
      viewCluster: () => Promise.reject(new Error('not in the model')),
      startTimeoutMs: 0,
      log,
    })
    const context = {
      requests: this.#cluster,
      replies: this.#cluster,
      policy: { partitions: 1, replication: 1, createTopics: false, awaitTopics: false },
      groupBytes,
      sessionTimeoutMs,
      commitIntervalMs: 50,
      joinTimeoutMs: 20_000,
      log,
      metrics: createMetrics(),
    }
    const options = {
      requestTopic: topic,
      replyTopic: topic,
      groupId,
      maxInFlight,
      maxRequestBytes: 1000,
      maxReplyBytes: 1000,
    }
    this.#intake = new RequestIntake(context, options, {
      request: ({ value }) => ({ value }) as IncomingRequest,
      putAside: () => Promise.resolve(),
    })
    let count = 0
    void this.#open(async ({ value }) => {
      if (++this.#underWay > maxInFlight) scene.problems.push(`${this.#underWay} in flight`)
      try {
        // Some a little, some long: they end in another order than they came.
        await sleep(count % 3 === 0 ? more.takesMs * 3 : more.takesMs)
        if (++count === more.failsAt) {
          throw new TransportError('DDNN_TRANSPORT_UNREACHABLE', 'once', { retriable: true })
        }
        if (this.#client.line.state !== 'dead')
          scene.done.add(nameOf(Buffer.from(value).toString()))
      } finally {
        this.#underWay--
      }
    })
  }

  async #open(handler: (request: IncomingRequest) => Promise<void>): Promise<void> {
    try {
      await this.#cluster.use(topic)
      await this.#intake.open(handler)
    } catch {
      // Closed before it was open.
    }
  }

  get hasPosition(): boolean {
    return this.#intake.hasPosition
  }

  get isGone(): boolean {
    return this.#closed !== undefined
  }

  /** As the watch does it every few seconds. */
  look(): void {
    void this.#cluster.topics.refresh().catch(() => undefined)
  }

  async stall(ms: number): Promise<void> {
    this.#client.line.state = 'stalled'
    await sleep(ms)
    if (this.#client.line.state === 'stalled') this.#client.line.state = 'open'
  }

  close(): Promise<void> {
    this.#closed ??= this.#intake
      .close(undefined, () => undefined)
      .then(() => this.#cluster.close())
    return this.#closed
  }

  /** Ends without a word to anybody. */
  kill(): void {
    this.#client.line.state = 'dead'
    void this.close()
  }
}

const tierSchedules = fc.array(
  fc.record({
    startMs: fc.nat({ max: 1200 }),
    takesMs: fc.constantFrom(0, 3, 20, 80),
    failsAt: fc.constantFrom(0, 0, 3),
    end: fc.constantFrom('stays', 'stays', 'close', 'kill', 'stall'),
    endMs: fc.integer({ min: 300, max: 2200 }),
  }),
  { minLength: 1, maxLength: 3 },
)
const writes = fc.array(
  fc.record({
    atMs: fc.nat({ max: 2000 }),
    partition: fc.nat({ max: 2 }),
    count: fc.nat({ max: 12 }),
  }),
  { minLength: 5, maxLength: 30 },
)
const kinds = ['lostRequest', 'lostAnswer', 'slow', 'stale'] as const
const groupFaults = faultsOf(
  ['topics', 'coordinator', 'join', 'sync', 'heartbeat', 'commit', 'committed', 'ends', 'fetch'],
  kinds,
  8,
)
const schedules = fc.record({ tiers: tierSchedules, writes, faults: groupFaults })
type Schedule = typeof schedules extends fc.Arbitrary<infer T> ? T : never

async function check(
  { tiers, writes: all, faults }: Schedule,
  events: readonly Parameters<typeof befall>[2][],
): Promise<void> {
  const cluster = new ModelCluster({ faults })
  cluster.make(topic, 3)
  const scene = new Scene(cluster)
  const look = () => {
    for (const tier of scene.tiers) tier.look()
  }
  for (const { atMs, partition, count } of all) {
    setTimeout(() => scene.write(partition, count), atMs)
  }
  for (const event of events) {
    setTimeout(() => {
      befall(cluster, topic, event)
      setTimeout(look, 30)
    }, event.atMs)
  }
  // One that stays, so that somebody is there in the end.
  const steady = { startMs: 0, takesMs: 5, failsAt: 0, end: 'stays', endMs: 0 } as const
  for (const one of [steady, ...tiers]) {
    setTimeout(() => {
      const tier = new Tier(scene, one)
      scene.tiers.push(tier)
      if (one.end === 'stays') return
      setTimeout(() => {
        if (one.end === 'close') void tier.close()
        else if (one.end === 'kill') tier.kill()
        else void tier.stall(900)
      }, one.endMs)
    }, one.startMs)
  }
  await sleep(3500)
  heal(cluster, topic, 3)
  look()
  try {
    await until('all to be done', () => scene.undone.length === 0, 15_000)
    await until('all to be committed', () => scene.uncommitted.length === 0, 10_000)
    // Also what comes now, in every partition there is.
    for (const { partition } of cluster.topic(topic).partitions) scene.write(partition, 2)
    await until('the last to be done', () => scene.undone.length === 0, 10_000)
  } catch (error) {
    const { partitions } = cluster.topic(topic)
    const ends = partitions.map(({ high }) => high).join(' ')
    const positioned = scene.tiers.map((tier) => `${tier.isGone} ${tier.hasPosition}`).join(', ')
    scene.problems.push(
      `${String(error)}: undone ${scene.undone.join(' ')}, uncommitted ${scene.uncommitted.join(' ')}, ends ${ends}, gone and positioned ${positioned}`,
    )
  }
  await Promise.all(scene.tiers.map((tier) => tier.close()))
  cluster.group(groupId).forgetMembers()
  assert.equal([...new Set(scene.problems)].slice(0, 8).join('; '), '')
}

test('members come, go and freeze: every request is done, and none is committed before', () =>
  runSchedules(schedules, { seed: 1, runs: 30 }, (schedule) => check(schedule, [])))

test('brokers freeze, coordinators move and forget: every request is done all the same', () =>
  runSchedules(
    fc.tuple(
      schedules,
      eventsOf(['move', 'freeze', 'coordinate', 'forget', 'leaderless'], { lastMs: 2500 }),
    ),
    { seed: 2, runs: 30 },
    ([schedule, events]) => check(schedule, events),
  ))

test('topics grow, and are made anew: what is in them is done from their first record on', () =>
  runSchedules(
    fc.tuple(schedules, eventsOf(['remake', 'grow', 'grow', 'move'], { most: 3, lastMs: 2500 })),
    { seed: 3, runs: 30 },
    ([{ tiers, ...rest }, events]) =>
      check({ ...rest, tiers: tiers.filter(({ end }) => end !== 'stall') }, events),
  ))
