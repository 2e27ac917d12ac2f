// The proxy of the chaos run, before a server that answers as Kafka frames its answers.
import assert from 'node:assert/strict'
import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { after, before, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { repoPath } from '../helpers/paths.ts'
import { until } from '../helpers/until.ts'

interface Proxy {
  readonly port: number
  target: { host: string; port: number }
  readonly counts: { readonly swallowed: number; readonly resets: number }
  cut(): void
  freeze(): void
  slow(bytesPerSecond: number): void
  resetAfter(bytes: number): void
  swallowNextProduce(options?: { readonly isSilent?: boolean }): void
  restore(): void
  close(): Promise<void>
}

const script = pathToFileURL(repoPath('bench', 'faults', 'tcp-proxy.mjs')).href
const { startProxy } = (await import(script)) as { readonly startProxy: () => Promise<Proxy> }

/** Answers each frame with its correlation id; counts the bytes that reached it. */
let received = 0
const requests: number[] = []
const server = createServer((socket) => {
  let held = Buffer.alloc(0)
  socket.on('error', () => undefined)
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length
    held = Buffer.concat([held, chunk])
    while (held.length >= 4 && held.length >= 4 + held.readInt32BE(0)) {
      const correlationId = held.readInt32BE(8)
      requests.push(correlationId)
      held = held.subarray(4 + held.readInt32BE(0))
      const answer = Buffer.alloc(8)
      answer.writeInt32BE(4, 0)
      answer.writeInt32BE(correlationId, 4)
      socket.write(answer)
    }
  })
})

let proxy: Proxy
before(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  proxy = await startProxy()
  proxy.target = { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
})
after(async () => {
  await proxy.close()
  server.close()
})
beforeEach(() => {
  proxy.restore()
  received = 0
  requests.length = 0
})

function frame(apiKey: number, correlationId: number, bodyBytes = 10): Buffer {
  const bytes = Buffer.alloc(12 + bodyBytes)
  bytes.writeInt32BE(8 + bodyBytes, 0)
  bytes.writeInt16BE(apiKey, 4)
  bytes.writeInt32BE(correlationId, 8)
  return bytes
}

interface Client {
  readonly socket: Socket
  /** Correlation ids of the answers so far. */
  readonly answers: number[]
  readonly closed: Promise<unknown>
}

function open(): Client {
  const socket = connect(proxy.port, '127.0.0.1')
  const answers: number[] = []
  let held = Buffer.alloc(0)
  socket.on('error', () => undefined)
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk])
    for (; held.length >= 8; held = held.subarray(8)) answers.push(held.readInt32BE(4))
  })
  const closed = new Promise((resolve) => socket.on('close', resolve))
  return { socket, answers, closed }
}

test('frames pass, however they are cut into pieces', async () => {
  const { socket, answers } = open()
  socket.setNoDelay(true)
  const bytes = Buffer.concat([frame(0, 1), frame(3, 2, 100_000), frame(1, 3, 0)])
  for (const at of [0, 1, 5, 11, 13, 30, 50_000]) {
    const next = [1, 5, 11, 13, 30, 50_000, bytes.length].find((cut) => cut > at)
    socket.write(bytes.subarray(at, next))
    await sleep(2)
  }
  await until('three answers', () => Promise.resolve(answers.length === 3))
  assert.deepEqual(answers, [1, 2, 3])
  socket.destroy()
})

test('a swallowed Produce arrives, its answer does not, and its connection is reset', async () => {
  const { socket, answers, closed } = open()
  proxy.swallowNextProduce()
  const before = proxy.counts.swallowed
  socket.write(frame(3, 7))
  await until('an answer', () => Promise.resolve(answers.length === 1))
  socket.write(frame(0, 8))
  await closed
  assert.deepEqual([requests, answers], [[7, 8], [7]])
  assert.equal(proxy.counts.swallowed, before + 1)
  const again = open()
  again.socket.write(frame(0, 9))
  await until('an answer', () => Promise.resolve(again.answers.length === 1))
  again.socket.destroy()
})

test('swallowed silently, the connection goes on with the next answer', async () => {
  const { socket, answers } = open()
  proxy.swallowNextProduce({ isSilent: true })
  socket.write(Buffer.concat([frame(0, 1), frame(0, 2)]))
  await until('an answer', () => Promise.resolve(answers.length === 1))
  assert.deepEqual([requests, answers], [[1, 2], [2]])
  socket.destroy()
})

test('a reset in mid-frame: some of its bytes arrived, not all', async () => {
  proxy.resetAfter(20_000)
  const { socket, closed } = open()
  socket.write(frame(0, 1, 100_000))
  await closed
  assert.ok(received > 0 && received < 100_000, String(received))
  assert.deepEqual(requests, [])
})

test('cut, connections end and new ones are refused; frozen, bytes wait until it is restored', async () => {
  const first = open()
  first.socket.write(frame(3, 1))
  await until('an answer', () => Promise.resolve(first.answers.length === 1))
  proxy.cut()
  await first.closed
  await open().closed
  proxy.restore()
  const { socket, answers } = open()
  proxy.freeze()
  socket.write(frame(3, 2))
  await sleep(100)
  assert.deepEqual([requests, answers], [[1], []])
  proxy.restore()
  await until('an answer', () => Promise.resolve(answers.length === 1))
  socket.destroy()
})

test('slow, nothing is lost', async () => {
  proxy.slow(200_000)
  const { socket, answers } = open()
  socket.write(frame(0, 1, 50_000))
  await until('an answer', () => Promise.resolve(answers.length === 1))
  assert.equal(received, 50_012)
  socket.destroy()
})
