// The parts of kafkajs that stand below its types, as kafkajs/internals.ts declares them, against the one
// that is installed; and the one answer that is read by our own reader.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fc } from '../../helpers/property.ts'
import kafkajs from 'kafkajs'
import {
  Encoder,
  apiKeys,
  brokerMakerOf,
  mendRequestQueue,
  protocolErrors,
  type ApiName,
} from '../../../src/serving/transport/kafka/kafkajs/internals.ts'
import {
  CompactReader,
  idVersion,
  metadataRequest,
  readMetadata,
} from '../../../src/serving/transport/kafka/kafkajs/metadata.ts'
import { repoPath } from '../../helpers/paths.ts'
import { until } from '../../helpers/until.ts'

const require = createRequire(import.meta.url)

interface Queue {
  readonly pending: unknown[]
  throttledUntil: number
  scheduleCheckPendingRequests(): void
  checkPendingRequests(): void
  push(request: {
    readonly entry: object
    readonly expectResponse: boolean
    readonly requestTimeout?: number | null
    readonly sendRequest: () => void
  }): void
  scheduleRequestTimeoutCheck(): void
  fulfillRequest(response: {
    readonly correlationId: number
    readonly payload: unknown
    readonly size: number
  }): void
  destroy(): void
}
const RequestQueue = require('kafkajs/src/network/requestQueue') as new (options: object) => Queue

/** A queue as a connection has it, and how often it looked for requests that wait. */
function createQueue() {
  const silent = { debug: () => undefined, warn: () => undefined }
  const queue = new RequestQueue({
    maxInFlightRequests: null,
    requestTimeout: 1000,
    enforceRequestTimeout: false,
    clientId: 'test',
    broker: 'nowhere:9092',
    logger: silent,
  })
  const look = queue.checkPendingRequests.bind(queue)
  let looks = 0
  queue.checkPendingRequests = () => {
    looks++
    look()
  }
  let sent = 0
  const push = (correlationId: number) =>
    queue.push({
      entry: {
        correlationId,
        apiName: 'Test',
        apiKey: 0,
        apiVersion: 0,
        resolve: () => undefined,
        reject: () => undefined,
      },
      expectResponse: true,
      sendRequest: () => void sent++,
    })
  const answer = (correlationId: number) =>
    queue.fulfillRequest({ correlationId, payload: null, size: 0 })
  return { queue, push, answer, looks: () => looks, sent: () => sent }
}

test('the version of kafkajs is pinned, and it is the one whose parts are declared', () => {
  const { dependencies } = JSON.parse(readFileSync(repoPath('package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  assert.equal(dependencies['kafkajs'], '2.2.4')
  assert.equal((require('kafkajs/package.json') as { version: string }).version, '2.2.4')
})

test('a connection at rest looks for nothing, and one that is held back still sends what waits', async () => {
  const plain = createQueue()
  plain.push(1)
  plain.answer(1)
  // What is mended: it looks again and again, with nothing to find.
  await until('kafkajs to look for ever', () => plain.looks() > 20)
  plain.queue.destroy()

  mendRequestQueue()
  mendRequestQueue() // once is enough
  const mended = createQueue()
  mended.push(1)
  mended.answer(1)
  await sleep(200)
  assert.equal(mended.looks(), 1)
  // Held back by the broker, and nothing comes that would wake it.
  mended.queue.throttledUntil = Date.now() + 50
  mended.push(2)
  assert.equal(mended.queue.pending.length, 1)
  assert.equal(mended.sent(), 1)
  await until('the request to be sent', () => mended.sent() === 2)
  mended.answer(2)
  const looks = mended.looks()
  await sleep(200)
  assert.equal(mended.looks(), looks)
  mended.queue.destroy()
})

test('a request that is not answered in time is rejected, one that has time left is not', async (t) => {
  mendRequestQueue()
  const silent = { debug: () => undefined, warn: () => undefined }
  const queue = new RequestQueue({
    maxInFlightRequests: null,
    requestTimeout: 300,
    enforceRequestTimeout: true,
    clientId: 'test',
    broker: 'nowhere:9092',
    logger: silent,
  })
  t.after(() => queue.destroy())
  queue.scheduleRequestTimeoutCheck()
  const rejected: [number, string][] = []
  const push = (correlationId: number, requestTimeout: number | null) =>
    queue.push({
      entry: {
        correlationId,
        apiName: 'Test',
        apiKey: 0,
        apiVersion: 0,
        resolve: () => undefined,
        reject: (error: Error) => rejected.push([correlationId, error.name]),
      },
      expectResponse: true,
      requestTimeout,
      sendRequest: () => undefined,
    })
  push(1, null)
  push(2, 60_000)
  await until('the first to be rejected', () => rejected.length > 0)
  assert.deepEqual(rejected, [[1, 'KafkaJSRequestTimeoutError']])
  // Its answer, should it still come, is no one's.
  queue.fulfillRequest({ correlationId: 1, payload: null, size: 0 })
  queue.fulfillRequest({ correlationId: 2, payload: null, size: 0 })
  assert.equal(rejected.length, 1)
})

test('each kind of request is there, under the number that the protocol gives it', () => {
  const numbers: Record<ApiName, number> = {
    Produce: 0,
    Fetch: 1,
    ListOffsets: 2,
    Metadata: 3,
    OffsetCommit: 8,
    OffsetFetch: 9,
    GroupCoordinator: 10,
    JoinGroup: 11,
    Heartbeat: 12,
    LeaveGroup: 13,
    SyncGroup: 14,
    InitProducerId: 22,
  }
  const { requests } = require('kafkajs/src/protocol/requests') as {
    requests: Record<string, { versions: readonly unknown[]; protocol: unknown }>
  }
  for (const [name, number] of Object.entries(numbers)) {
    assert.equal(apiKeys[name as ApiName], number, name)
    assert.ok((requests[name]?.versions.length ?? 0) > 0, name)
    assert.equal(typeof requests[name]?.protocol, 'function', name)
  }
  const error = protocolErrors.createErrorFromCode(6) as Error & { type: string }
  assert.equal(error.type, 'NOT_LEADER_FOR_PARTITION')
})

test('a broker is made without being connected, and has what is asked of it', async () => {
  const kafka = new kafkajs.Kafka({
    brokers: ['127.0.0.1:1'],
    logLevel: kafkajs.logLevel.NOTHING,
    socketFactory: () => assert.fail('it connects'),
  })
  const broker = await brokerMakerOf(kafka).at({ host: '127.0.0.2', port: 9 })
  assert.equal(broker.connectionPool.host, '127.0.0.2')
  assert.equal(broker.connectionPool.port, 9)
  assert.ok(Array.isArray(broker.connectionPool.pool))
  assert.equal(typeof broker.connectionPool.send, 'function')
  assert.equal(broker.versions, null)
  assert.equal(broker.isConnected(), false)
  for (const method of ['connect', 'disconnect', 'lookupRequest'] as const) {
    assert.equal(typeof broker[method], 'function', method)
  }
})

test('a metadata request is written as the protocol has it', async () => {
  const { request } = metadataRequest(['ab', 'c'.repeat(200)])
  assert.equal(request.apiKey, 3)
  assert.equal(request.apiVersion, idVersion)
  const { encode } = request as unknown as { encode: () => Promise<{ buffer: Buffer }> }
  const noId = '00'.repeat(16)
  const expected = [
    '00', // tags of the header
    '03', // two topics
    noId + '03' + '6162' + '00',
    noId + 'c901' + '63'.repeat(200) + '00',
    '00 00 00 00', // make none, tell of no operations, tags
  ]
  const bytes = (await encode()).buffer
  assert.equal(bytes.toString('hex'), expected.join('').replaceAll(' ', ''))
  assert.ok(new Encoder().writeBuffer(bytes) instanceof Encoder)
})

/** Two brokers; a topic with an id, one without, one that is missing. Tags are skipped. */
const golden = hex(
  '00', // tags of the header
  '00000000', // throttle
  '03', // two brokers
  '00000001 06 6272 6f6b31 00002384 00 00', // 1 brok1:9092, no rack
  '00000002 06 6272 6f6b32 00002385 03 7261 01 07 02 beef', // 2 brok2:9093, rack 'ra', one tag
  '03 6964', // cluster 'id'
  '00000001', // controller
  '04', // three topics
  '0000 02 61 000102030405060708090a0b0c0d0e0f 00', // 'a'
  '03', // two partitions
  '0000 00000000 00000001 00000005 03 00000001 00000002 02 00000001 01 00',
  '0005 00000001 ffffffff 00000006 02 00000002 01 02 00000002 00', // no leader
  '80000000 00',
  '0000 02 62 00000000000000000000000000000000 01', // 'b', internal
  '02 0000 00000000 00000002 00000000 02 00000002 02 00000002 01 00',
  '80000000 00',
  '0003 02 63 00000000000000000000000000000000 00 01 80000000 00', // 'c'
  '00', // tags
)

function hex(...parts: readonly string[]): Buffer {
  return Buffer.from(parts.join('').replaceAll(' ', ''), 'hex')
}

const read = (bytes: Buffer) => readMetadata(new CompactReader(bytes))

test('the answer tells brokers, topics with their ids, and who leads', () => {
  assert.deepEqual(read(golden), {
    brokers: [
      { nodeId: 1, host: 'brok1', port: 9092 },
      { nodeId: 2, host: 'brok2', port: 9093 },
    ],
    topics: [
      {
        topic: 'a',
        id: '000102030405060708090a0b0c0d0e0f',
        partitions: [
          { partition: 0, leader: 1, leaderEpoch: 5, replicas: [1, 2], inSync: [1] },
          { partition: 1, leader: -1, leaderEpoch: 6, replicas: [2], inSync: [] },
        ],
      },
      {
        topic: 'b',
        id: undefined,
        partitions: [{ partition: 0, leader: 2, leaderEpoch: 0, replicas: [2], inSync: [2] }],
      },
    ],
  })
})

test('a topic that may not be seen rejects, by the name of its error', () => {
  const bytes = hex(
    '00 00000000 01 00 00000001 02',
    '001d 02 61 00000000000000000000000000000000 00 01 80000000 00 00',
  )
  assert.throws(() => read(bytes), { type: 'TOPIC_AUTHORIZATION_FAILED' })
})

test('an answer that is cut off anywhere is a RangeError', () => {
  // Its last byte counts tags that nobody reads.
  for (let length = 0; length < golden.length - 1; length++) {
    assert.throws(() => read(golden.subarray(0, length)), RangeError, `${length} bytes`)
  }
})

test('whatever the bytes are, reading them ends', () => {
  const changed = fc
    .tuple(fc.nat({ max: golden.length - 1 }), fc.uint8Array({ minLength: 1, maxLength: 6 }))
    .map(([at, bytes]) => {
      const copy = Buffer.from(golden)
      copy.set(bytes.subarray(0, copy.length - at), at)
      return copy
    })
  const random = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))
  fc.assert(
    fc.property(fc.oneof(changed, random), (bytes) => {
      try {
        const { topics, brokers } = read(bytes)
        // No more than the bytes can hold.
        assert.ok(topics.length + brokers.length <= bytes.length)
      } catch (error) {
        const isRefusal = (error as { type?: string }).type !== undefined
        assert.ok(error instanceof RangeError || isRefusal, String(error))
      }
    }),
    { seed: 20250107, numRuns: 5000 },
  )
})
