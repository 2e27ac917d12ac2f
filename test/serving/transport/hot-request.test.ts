// Produce and Fetch as we write and read them, against kafkajs's own writers and readers, version by version.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { createServer, type Socket } from 'node:net'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import kafkajs from 'kafkajs'
import { encodeFetch, readFetch } from '../../../src/serving/transport/kafka/kafkajs/fetch.ts'
import { sendHot, versionOf } from '../../../src/serving/transport/kafka/kafkajs/hot-request.ts'
import {
  brokerMakerOf,
  type RawBroker,
} from '../../../src/serving/transport/kafka/kafkajs/internals.ts'
import { readProduced } from '../../../src/serving/transport/kafka/kafkajs/produce.ts'
import { until } from '../../helpers/until.ts'

const require = createRequire(import.meta.url)

interface Written {
  writeInt8(value: number): Written
  writeInt16(value: number): Written
  writeInt32(value: number): Written
  writeInt64(value: string): Written
  writeString(value: string): Written
  writeArray(values: readonly Written[]): Written
  readonly buffer: Buffer
}
const KafkaJsEncoder = require('kafkajs/src/protocol/encoder') as new () => Written
const of = (write: (to: Written) => Written) => write(new KafkaJsEncoder())

const request = {
  topic: 'requests',
  positions: [
    { partition: 3, offset: 2n ** 40n },
    { partition: 0, offset: 0n },
  ],
  maxWaitMs: 500,
  minBytes: 1,
  maxBytes: 4_000_000,
  maxBytesPerPartition: 1_000_000,
}

for (const version of [4, 5, 6, 7, 8, 9, 10, 11]) {
  test(`a Fetch of version ${version} is written as kafkajs writes it, and an empty answer is read`, async () => {
    const write = require(`kafkajs/src/protocol/requests/fetch/v${version}/request`) as (
      fields: object,
    ) => { encode(): Promise<Written> }
    const { positions, topic } = request
    const theirs = await write({
      replicaId: -1,
      maxWaitTime: request.maxWaitMs,
      minBytes: request.minBytes,
      maxBytes: request.maxBytes,
      isolationLevel: 1,
      topics: [
        {
          topic,
          partitions: positions.map(({ partition, offset }) => ({
            partition,
            fetchOffset: String(offset),
            maxBytes: request.maxBytesPerPartition,
          })),
        },
      ],
    }).encode()
    const ours = Buffer.concat(encodeFetch(request, version))
    assert.equal(ours.toString('hex'), theirs.buffer.toString('hex'))
    const nothing = of((to) => {
      to.writeInt32(0)
      if (version >= 7) to.writeInt16(0).writeInt32(0)
      return to.writeInt32(0)
    })
    assert.deepEqual(readFetch(nothing.buffer, version), [])
  })
}

for (const version of [3, 4, 5, 6, 7]) {
  test(`what became of the batches of a Produce of version ${version} is read as kafkajs reads it`, async () => {
    const partition = (index: number, error: number, appendTime: string) =>
      of((to) => {
        to.writeInt32(index).writeInt16(error).writeInt64('77').writeInt64(appendTime)
        return version >= 5 ? to.writeInt64('5') : to
      })
    const topic = (name: string, partitions: readonly Written[]) =>
      of((to) => to.writeString(name).writeArray(partitions))
    const { buffer } = of((to) =>
      to
        .writeArray([
          topic('a', [partition(0, 0, '1700000000000'), partition(7, 6, '-1')]),
          topic('ä', [partition(2, 46, '-1')]),
        ])
        .writeInt32(250),
    )
    const theirReader = require(`kafkajs/src/protocol/requests/produce/v${version}/response`) as {
      decode(raw: Buffer): Promise<{
        readonly topics: readonly {
          readonly topicName: string
          readonly partitions: readonly {
            readonly partition: number
            readonly errorCode: number
            readonly logAppendTime: string
          }[]
        }[]
      }>
    }
    const theirs = (await theirReader.decode(buffer)).topics.flatMap(({ topicName, partitions }) =>
      partitions.map((one) => [
        `${topicName}/${one.partition}`,
        { errorCode: one.errorCode, appendTimeMs: Number(one.logAppendTime) },
      ]),
    )
    assert.deepEqual([...readProduced(buffer, version)], theirs)
  })
}

/** A broker that answers ApiVersions with these alone and hands all else to `onRequest`. */
async function openBroker(
  t: TestContext,
  versions: Readonly<Record<number, number>>,
  onRequest: (request: Buffer, socket: Socket) => void,
): Promise<RawBroker> {
  const server = createServer((socket) => {
    let rest = Buffer.alloc(0)
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk])
      while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
        const end = 4 + rest.readInt32BE(0)
        const one = rest.subarray(0, end)
        rest = rest.subarray(end)
        if (one.readInt16BE(4) !== apiVersionsKey) onRequest(one, socket)
        else answer(socket, one, apiVersions(versions))
      }
    })
    t.after(() => socket.destroy())
  })
  t.after(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const kafka = new kafkajs.Kafka({
    clientId: 'hot',
    brokers: [`127.0.0.1:${port}`],
    logLevel: kafkajs.logLevel.NOTHING,
  })
  const broker = await brokerMakerOf(kafka).at({ host: '127.0.0.1', port })
  await broker.connect()
  t.after(() => broker.disconnect())
  Object.assign(broker.connectionPool, { send: () => assert.fail('by the writers of kafkajs') })
  return broker
}

const apiVersionsKey = 18

function apiVersions(versions: Readonly<Record<number, number>>): Buffer {
  const all = Object.entries({ ...versions, [apiVersionsKey]: 0 })
  return of((to) =>
    to
      .writeInt16(0)
      .writeArray(
        all.map(([key, most]) =>
          of((one) => one.writeInt16(Number(key)).writeInt16(0).writeInt16(most)),
        ),
      ),
  ).buffer
}

function answer(socket: Socket, request: Buffer, body: Buffer): void {
  const head = Buffer.alloc(8)
  head.writeInt32BE(4 + body.length, 0)
  request.copy(head, 4, 8, 12) // the correlation id
  socket.write(Buffer.concat([head, body]))
}

test('a request arrives as its pieces in order behind its head, whatever their sizes, and gets its own answer', async (t) => {
  const arrived: Buffer[] = []
  const broker = await openBroker(t, { 0: 5 }, (request, socket) => {
    arrived.push(request)
    answer(socket, request, request.subarray(17, 20))
  })
  assert.equal(versionOf(broker, 'Produce', 7), 5)
  assert.throws(() => versionOf(broker, 'Fetch', 11), { name: 'KafkaJSServerDoesNotSupportApiKey' })
  const bodies = [
    [Buffer.from('abc')],
    [Buffer.from('def'), Buffer.alloc(20_000, 1), Buffer.from('end')],
    [Buffer.from('ghi'), Buffer.alloc(3_000_000, 2), Buffer.alloc(20_000, 3)],
  ]
  const answers = await Promise.all(
    bodies.map((pieces) => sendHot(broker, { apiName: 'Produce', apiVersion: 5, pieces })),
  )
  assert.deepEqual(answers.map(String), ['abc', 'def', 'ghi'])
  for (const [i, bytes] of arrived.entries()) {
    assert.equal(bytes.readInt16BE(4), 0)
    assert.equal(bytes.readInt16BE(6), 5)
    assert.equal(bytes.toString('utf8', 14, 17), 'hot')
    assert.ok(bytes.subarray(17).equals(Buffer.concat(bodies[i] ?? [])), `body ${i}`)
  }
})

test('a broker that wants to be left alone for a while is', async (t) => {
  const broker = await openBroker(t, { 0: 7 }, (request, socket) =>
    answer(socket, request, Buffer.from([0, 0x36, 0xee, 0x80])),
  )
  const { requestQueue } = await broker.connectionPool.getConnectionByRequest({
    request: { apiKey: 0 },
  })
  const heldBack = requestQueue as unknown as { canSendSocketRequestImmediately(): boolean }
  assert.equal(heldBack.canSendSocketRequestImmediately(), true)
  await sendHot(broker, {
    apiName: 'Produce',
    apiVersion: 7,
    pieces: [Buffer.from('x')],
    throttleMs: (raw) => raw.readInt32BE(0), // an hour
  })
  assert.equal(heldBack.canSendSocketRequestImmediately(), false)
})

test('a request whose connection ends rejects, and what is sent afterwards takes another connection', async (t) => {
  let isFirst = true
  const broker = await openBroker(t, { 0: 7 }, (request, socket) => {
    if (!isFirst) return answer(socket, request, Buffer.from('ok'))
    isFirst = false
    socket.destroy()
  })
  const send = () =>
    sendHot(broker, { apiName: 'Produce', apiVersion: 7, pieces: [Buffer.alloc(50_000)] })
  await assert.rejects(send())
  await until('the end to be noticed', () => !broker.isConnected())
  assert.equal(String(await send()), 'ok')
})
