// Addresses of brokers and of servers, of IPv4 and IPv6: as they are typed, shown, connected to and listened on.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { readHosts } from '../../src/cli/read-link.ts'
import {
  addressText,
  bareHost,
  fallbackHost,
  hostInUrl,
  listenProblem,
} from '../../src/domain/host-address.ts'
import { serveHealth } from '../../src/telemetry/health.ts'
import { createMetrics } from '../../src/telemetry/metrics/metrics.ts'
import {
  openSocket,
  parseAddress,
  plainHost,
  withColons,
  withoutColons,
} from '../../src/serving/transport/kafka/dial.ts'
import { listenOnce } from '../../src/serving/supervisor/listen-once.ts'

const hostsOf = (text: string) => {
  const problems: string[] = []
  return { hosts: readHosts(text, '--consumer-back', 9092, problems), problems }
}

for (const [typed, address, host, port] of [
  ['kafka', 'kafka:9092', 'kafka', 9092],
  ['kafka-0.kafka:9093', 'kafka-0.kafka:9093', 'kafka-0.kafka', 9093],
  ['my_kafka:9093', 'my_kafka:9093', 'my_kafka', 9093],
  ['10.0.0.1', '10.0.0.1:9092', '10.0.0.1', 9092],
  ['[::1]:9093', '[::1]:9093', '::1', 9093],
  ['[::1]', '[::1]:9092', '::1', 9092],
  ['::1', '[::1]:9092', '::1', 9092],
  ['2001:db8::7', '[2001:db8::7]:9092', '2001:db8::7', 9092],
  ['2001:db8:0:0:1:2:3:4', '[2001:db8:0:0:1:2:3:4]:9092', '2001:db8:0:0:1:2:3:4', 9092],
  ['[fe80::1%eth0]:9093', '[fe80::1%eth0]:9093', 'fe80::1%eth0', 9093],
  ['::ffff:10.0.0.1', '[::ffff:10.0.0.1]:9092', '::ffff:10.0.0.1', 9092],
] as const) {
  test(`${typed} is the broker ${address}, for every client`, () => {
    const { hosts, problems } = hostsOf(typed)
    assert.deepEqual([hosts, problems], [[address], []])
    assert.deepEqual(parseAddress(address), { host, port })
    assert.equal(addressText(host, port), address)
    // As kafkajs takes it apart.
    const [name = '', end] = withoutColons({ host, port }).split(':')
    assert.deepEqual([plainHost(withColons(name)), Number(end)], [host, port])
  })
}

test('several brokers may be of both families', () => {
  const { hosts } = hostsOf('::1, [::1]:9093,kafka,')
  assert.deepEqual(hosts, ['[::1]:9092', '[::1]:9093', 'kafka:9092'])
})

for (const [typed, expected] of [
  ['::1:9092', /to be '\[::1\]:9092' or '\[::1:9092\]', got '::1:9092'/],
  ['2001:db8::1:9093', /'\[2001:db8::1\]:9093' or/],
  ['[::1', /host or host:port/],
  ['[kafka]:9092', /brackets/],
  ['[::1]:99999', /host or host:port/],
  ['kafka:', /host or host:port/],
  ['a:b:c', /host or host:port/],
  ['http://kafka:9092', /host or host:port/],
] as const) {
  test(`${typed} is refused with what was expected`, () => {
    assert.match(hostsOf(typed).problems.join(), expected)
  })
}

test('an address in a URL has brackets, and one that is none to connect to is this machine', () => {
  const urls = ['::', '0.0.0.0', '::1', '[::1]', '10.0.0.1', 'kafka'].map(hostInUrl)
  assert.deepEqual(urls, ['127.0.0.1', '127.0.0.1', '[::1]', '[::1]', '10.0.0.1', 'kafka'])
})

test('a host to listen on may stand in brackets', () => {
  const hosts = ['[::1]', '[::]', '::1', 'localhost', '[kafka]', '[fe80::1%eth0]'].map(bareHost)
  assert.deepEqual(hosts, ['::1', '::', '::1', 'localhost', '[kafka]', 'fe80::1%eth0'])
  assert.equal(hostInUrl('[::]'), '127.0.0.1')
})

for (const [code, message, hint] of [
  ['EADDRINUSE', /--http-port 80 on 'h' to be free, got EADDRINUSE/, /another port/],
  ['EACCES', /--http-port 80 on 'h' to be free, got EACCES/, /from 1024 on/],
  ['ENOTFOUND', /--http-host to be an address of this machine, got 'h' \(ENOTFOUND\)/, /alone/],
  ['EADDRNOTAVAIL', /address of this machine, got 'h' \(EADDRNOTAVAIL\)/, /127\.0\.0\.1/],
] as const) {
  test(`${code}: what is at fault where nobody can listen is told, host or port`, () => {
    const problem = listenProblem('--http-port', 80, 'h', code)
    assert.match(problem.message, message)
    assert.match(problem.hint, hint)
  })
}

test('a port of health on a host with its port is told to leave the port out', async () => {
  const parts = { metrics: createMetrics(), loading: () => [], missing: () => [] }
  await assert.rejects(
    serveHealth({ port: 0, host: '127.0.0.1:8080', ...parts }),
    /--http-host to be an address of this machine, got '127\.0\.0\.1:8080'/,
  )
})

test('a machine without IPv6 listens on all of IPv4, and a port that is taken is taken', () => {
  assert.equal(fallbackHost('::', 'EAFNOSUPPORT'), '0.0.0.0')
  assert.equal(fallbackHost('::', 'EADDRNOTAVAIL'), '0.0.0.0')
  assert.equal(fallbackHost('::', 'EADDRINUSE'), undefined)
  assert.equal(fallbackHost('::1', 'EADDRNOTAVAIL'), undefined)
})

const hasIPv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
)
const loopbacks = hasIPv6 ? ['127.0.0.1', '[::1]', 'localhost'] : ['127.0.0.1']

test('the port of health answers over both families', async () => {
  const health = await serveHealth({
    ...{ port: 0, host: '::', metrics: createMetrics() },
    ...{ loading: () => [], missing: () => [] },
  })
  try {
    for (const host of loopbacks) {
      const answer = await fetch(`http://${host}:${health.port}/livez`)
      assert.equal(answer.status, 200, host)
    }
    assert.equal((await listenOnce(health.port, '::'))?.code, 'EADDRINUSE')
    assert.equal((await listenOnce(health.port, '0.0.0.0'))?.code, 'EADDRINUSE')
  } finally {
    await health.close()
  }
})

test('a broker is connected to by its address of either family', async () => {
  for (const host of loopbacks.map(plainHost)) {
    const server = createServer((socket) => socket.end()).listen(0, host)
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const socket = await openSocket(
      parseAddress(addressText(host, port)),
      undefined,
      AbortSignal.timeout(5000),
    )
    assert.equal(socket.remotePort, port)
    socket.destroy()
    server.close()
  }
})
