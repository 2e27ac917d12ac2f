// A real Kafka for tests. A run of `npm test` starts one broker and names it in DDNN_TEST_KAFKA;
// a test file run alone starts its own. Topics and groups get random names, so files can share it.
import { randomBytes } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import kafkajs, { type Admin, type Kafka } from 'kafkajs'
import { repoPath } from './paths.ts'
import { until } from './until.ts'

/** One broker of a cluster that a test started itself. */
export interface TestBroker {
  readonly port: number
  readonly pid: number | undefined
  /** Starts it, again on the same port and data. Wait for `TestKafka.ready`. */
  start(): Promise<void>
  stop(): Promise<void>
  /** As a power cut. */
  kill(): Promise<void>
}

export interface TestKafka {
  /** host:port of each broker, with commas. */
  readonly bootstrap: string
  /** Empty where the brokers are shared or were given by KAFKA_BROKERS. */
  readonly brokers: readonly TestBroker[]
  ready(up?: number): Promise<void>
  /** Stops what this call started; leaves a shared broker alone. */
  stop(): Promise<void>
  kill(): Promise<void>
}

export interface TestKafkaOptions {
  readonly brokers?: number
  /** More lines of server.properties. */
  readonly config?: Readonly<Record<string, string | number>>
  /** True where the test stops, kills or configures it: never the shared one. */
  readonly own?: boolean
}

interface Starter {
  startBroker(options: TestKafkaOptions): Promise<TestKafka>
}

/** The broker of this run, or one of the test's own. */
export async function startKafka(options: TestKafkaOptions = {}): Promise<TestKafka> {
  const shared = process.env['DDNN_TEST_KAFKA']
  const isOwn = options.own === true || options.config !== undefined || (options.brokers ?? 1) > 1
  if (shared !== undefined && shared !== '' && !isOwn) {
    const nothing = async () => {}
    return { bootstrap: shared, brokers: [], ready: nothing, stop: nothing, kill: nothing }
  }
  // Compiled tests stand in another folder than the scripts, so the path is found at run time.
  const script = pathToFileURL(repoPath('scripts', 'kafka-broker.mjs')).href
  const starter = (await import(script)) as Starter
  return starter.startBroker(options)
}

/** A name that no other test has: 'requests-1f3a9c...'. */
export function randomName(what: string): string {
  return `${what}-${randomBytes(8).toString('hex')}`
}

/** A silent client of a test's own, to look at a cluster from the side. */
export function testClient(bootstrap: string): Kafka {
  return new kafkajs.Kafka({
    clientId: 'ddnn-test',
    brokers: bootstrap.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 10, initialRetryTime: 50 },
  })
}

/** Runs `look` with a connected admin client. */
export async function withAdmin<T>(
  bootstrap: string,
  look: (admin: Admin) => Promise<T>,
): Promise<T> {
  const admin = testClient(bootstrap).admin()
  await admin.connect()
  try {
    return await look(admin)
  } finally {
    await admin.disconnect()
  }
}

export interface TestTopicOptions {
  readonly partitions?: number
  readonly replication?: number
  readonly config?: Readonly<Record<string, string>>
}

/** Makes a topic with a random name and resolves with it when its partitions have leaders. */
export async function createTestTopic(
  kafka: { readonly bootstrap: string },
  what = 'topic',
  options: TestTopicOptions = {},
): Promise<string> {
  const topic = randomName(what)
  await createTopics(kafka, [topic], options)
  return topic
}

/**
 * Makes topics and resolves when their partitions have leaders. kafkajs's own waiting throws where a broker
 * has not heard of a topic yet that its controller has made.
 */
export async function createTopics(
  kafka: { readonly bootstrap: string },
  names: readonly string[],
  options: TestTopicOptions = {},
): Promise<void> {
  const { partitions: numPartitions = 8, replication: replicationFactor = 1, config = {} } = options
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }))
  await withAdmin(kafka.bootstrap, async (admin) => {
    await admin.createTopics({
      waitForLeaders: false,
      topics: names.map((topic) => ({ topic, numPartitions, replicationFactor, configEntries })),
    })
    await until(`leaders of ${names.join(', ')}`, async () => {
      const { topics } = await admin
        .fetchTopicMetadata({ topics: [...names] })
        .catch(() => ({ topics: [] }))
      const known = topics.filter(({ partitions }) => partitions.length === numPartitions)
      const leaders = known.flatMap(({ partitions }) => partitions.map(({ leader }) => leader))
      return known.length === names.length && leaders.every((leader) => leader >= 0)
    })
  })
}

/** Every record of a topic, as it stands now, oldest first in each partition. */
export async function readTopic(
  kafka: { readonly bootstrap: string },
  topic: string,
  count: number,
  timeoutMs = 20_000,
): Promise<
  { partition: number; key: string | null; value: Buffer; headers: Record<string, string> }[]
> {
  const consumer = testClient(kafka.bootstrap).consumer({
    groupId: randomName('reader'),
    maxWaitTimeInMs: 100,
  })
  await consumer.connect()
  await until(`the topic ${topic}`, () =>
    consumer.subscribe({ topic, fromBeginning: true }).then(
      () => true,
      () => false,
    ),
  )
  const records: Awaited<ReturnType<typeof readTopic>> = []
  let timer: NodeJS.Timeout | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error(`Expected ${count} records in ${topic}, got ${records.length}`)),
        timeoutMs,
      )
      void consumer.run({
        autoCommit: false,
        eachMessage: ({ partition, message }) => {
          // Questions of who is there are no requests.
          if (message.headers?.['ddnn-probe'] !== undefined) return Promise.resolve()
          const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [
            name,
            String(value),
          ])
          records.push({
            partition,
            key: message.key === null ? null : String(message.key),
            value: Buffer.from(message.value ?? []),
            headers: Object.fromEntries(headers) as Record<string, string>,
          })
          if (records.length >= count) resolve()
          return Promise.resolve()
        },
      })
    })
  } finally {
    clearTimeout(timer)
    await consumer.disconnect()
  }
  return records
}
