// What is asked of brokers beside kafkajs: the table of its requests, and answers that are not Kafka's.
import assert from 'node:assert/strict'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createRequire } from 'node:module'
import { after, test } from 'node:test'
import {
  describeRelease,
  missingApis,
  usedApis,
} from '../../../src/serving/transport/kafka/inspect/api-ranges.ts'
import {
  askApiVersions,
  askLogin,
} from '../../../src/serving/transport/kafka/inspect/ask-broker.ts'
import { openSocket, parseAddress } from '../../../src/serving/transport/kafka/dial.ts'
import { startKafka } from '../../helpers/kafka.ts'
import { repoPath } from '../../helpers/paths.ts'

const servers: Server[] = []
after(() => servers.forEach((server) => server.close()))

test('the table of requests is that of kafkajs', () => {
  const require = createRequire(repoPath('package.json'))
  const { requests } = require('kafkajs/src/protocol/requests') as {
    requests: Record<string, { versions: readonly string[] }>
  }
  const keys = require('kafkajs/src/protocol/requests/apiKeys') as Record<string, number>
  for (const { name, key, min, max } of usedApis) {
    const versions = requests[name]?.versions.map(Number) ?? []
    assert.equal(keys[name], key, name)
    assert.equal(Math.min(...versions), min, name)
    assert.equal(Math.max(...versions), max, name)
  }
})

test('a broker whose versions are all older or newer lacks the request', () => {
  const ranges = usedApis.map(({ key, min, max }) => ({ key, min, max }))
  assert.deepEqual(missingApis(ranges), [])
  const changed = ranges
    .filter(({ key }) => key !== 9)
    .map((range) => (range.key === 1 ? { key: 1, min: 12, max: 18 } : range))
  assert.deepEqual(missingApis(changed), ['Fetch', 'OffsetFetch'])
})

test('a real broker tells its requests, its release, and that it wants no login', async () => {
  const kafka = await startKafka()
  const signal = AbortSignal.timeout(20_000)
  const socket = await openSocket(
    parseAddress(kafka.bootstrap.split(',')[0] ?? ''),
    undefined,
    signal,
  )
  try {
    const ranges = await askApiVersions(socket, signal)
    assert.deepEqual(missingApis(ranges), [])
    assert.equal(describeRelease(ranges), 'Kafka 4.0 or later')
    assert.deepEqual(await askLogin(socket, signal), { isWanted: false, mechanisms: [] })
  } finally {
    socket.destroy()
    await kafka.stop()
  }
})

for (const [who, answer] of [
  ['a web server', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ['who answers another question', '\0\0\0\u0008\0\0\0\u0001\0\0\0\0'],
] as const) {
  test(`${who} is told from a broker`, async () => {
    const socket = await connectTo((text) => text.write(Buffer.from(answer, 'latin1')))
    await assert.rejects(askApiVersions(socket, AbortSignal.timeout(20_000)), /not of Kafka/)
    socket.destroy()
  })
}

test('a broker that hangs up, or says nothing, is told in words', async () => {
  const closed = await connectTo((socket) => socket.destroy())
  await assert.rejects(askApiVersions(closed, AbortSignal.timeout(20_000)), /closed/)
  const silent = await connectTo(() => undefined)
  await assert.rejects(askApiVersions(silent, AbortSignal.timeout(50)), /no answer in time/)
  silent.destroy()
})

test('an address is read with and without brackets', () => {
  assert.deepEqual(parseAddress('kafka-0.kafka:9092'), { host: 'kafka-0.kafka', port: 9092 })
  assert.deepEqual(parseAddress('[::1]:9093'), { host: '::1', port: 9093 })
})

async function connectTo(onRequest: (socket: Socket) => void) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => onRequest(socket))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return openSocket({ host: '127.0.0.1', port }, undefined, AbortSignal.timeout(20_000))
}
