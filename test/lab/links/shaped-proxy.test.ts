// Links as real sockets. Times are held to what can never be undercut: the delay, and the bytes at the rate.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { after, describe, it } from 'node:test'
import { startShapedLinks } from '../../../src/lab/links/shaped-links.ts'
import { startShapedProxy, type ShapedProxy } from '../../../src/lab/links/shaped-proxy.ts'

const host = '127.0.0.1'
const quick = { delayMs: 3, upBitsPerSecond: 1e9, downBitsPerSecond: 1e9 }
const closers: (() => unknown)[] = []
after(async () => {
  for (const close of closers) await close()
})

describe('a shaped link', () => {
  it('passes bytes unchanged both ways, one delay later each way, after a round trip to open', async () => {
    const proxy = await linkTo((socket) => socket.pipe(socket), quick)
    const start = performance.now()
    const client = join(proxy)
    client.write('ping')
    const [answer] = (await once(client, 'data')) as [Buffer]
    assert.equal(answer.toString(), 'ping')
    assert.ok(performance.now() - start >= 4 * quick.delayMs)
    assert.deepEqual(proxy.bytes(), { up: 4, down: 4 })
  })

  it('takes as long for many bytes as its rate says, shared by all connections', async () => {
    const speeds = { delayMs: 1, upBitsPerSecond: 80e6, downBitsPerSecond: 1e9 }
    const received: Promise<Buffer>[] = []
    const proxy = await linkTo((socket) => {
      received.push(buffer(socket).finally(() => socket.end()))
    }, speeds)
    const sent = [randomBytes(400_000), randomBytes(400_000)]
    const start = performance.now()
    await Promise.all(
      sent.map(async (bytes) => {
        const client = join(proxy)
        client.end(bytes)
        await once(client.resume(), 'end')
      }),
    )
    // 800 kB at 10 kB a millisecond.
    assert.ok(performance.now() - start >= 80)
    const whole = await Promise.all(received)
    assert.deepEqual(whole.map(String).sort(), sent.map(String).sort())
  })

  it('a half-closed connection is still answered', async () => {
    const proxy = await linkTo((socket) => {
      void buffer(socket.iterator({ destroyOnReturn: false })).then((all) =>
        socket.end(`${all.length} bytes`),
      )
    })
    const client = join(proxy)
    client.end(randomBytes(200_000))
    assert.equal(String(await buffer(client)), '200000 bytes')
  })

  it('a reset of either end reaches the other', async () => {
    let far: Socket | undefined
    const proxy = await linkTo((socket) => (far = socket))
    const first = join(proxy)
    first.write('x')
    await reached(() => far)
    far?.resetAndDestroy()
    assert.equal(await errorOf(first), 'ECONNRESET')
    far = undefined
    const second = join(proxy)
    second.write('x')
    const other = await reached(() => far)
    // libuv reads bytes and a reset that are there at once as bytes and an end.
    await once(other, 'data')
    second.resetAndDestroy()
    assert.equal(await errorOf(other), 'ECONNRESET')
  })

  it('a reader that stops holds the sender back, and gets all when it goes on', async () => {
    let far: Socket | undefined
    const proxy = await linkTo((socket) => (far = socket.pause()))
    const client = join(proxy)
    const bytes = randomBytes(16_000_000)
    client.end(bytes)
    const reader = await reached(() => far)
    await settled(() => proxy.bytes().up)
    assert.ok(proxy.bytes().up < bytes.length)
    const all = await buffer(reader)
    assert.ok(all.equals(bytes))
  })

  it('without a target, or with one that refuses, connections are reset', async () => {
    const proxy = await startShapedProxy(quick)
    closers.push(() => proxy.close())
    assert.equal(await errorOf(join(proxy)), 'ECONNRESET')
    const gone = await listen(() => {})
    const { port } = gone.address() as AddressInfo
    await new Promise((resolve) => gone.close(resolve))
    proxy.target = { host, port }
    assert.equal(await errorOf(join(proxy)), 'ECONNRESET')
  })
})

describe('the process of shaped links', () => {
  it('opens one port a link, leads each to its target and counts its bytes', async () => {
    const servers = [await listen(answering('first')), await listen(answering('second'))]
    const link = { from: 'a', to: 'b', ...quick }
    const links = await startShapedLinks([link, link])
    closers.push(() => links.stop())
    await links.aim(
      servers.map((server) => ({ host, port: (server.address() as AddressInfo).port })),
    )
    const answers = links.ports.map(async (port) => String(await buffer(connect(port, host))))
    assert.deepEqual(await Promise.all(answers), ['first', 'second'])
    const counts = await Promise.all([links.count(), links.count()])
    const expected = [
      { up: 0, down: 5 },
      { up: 0, down: 6 },
    ]
    assert.deepEqual(counts, [expected, expected])
    await links.stop()
    await assert.rejects(links.count(), { code: 'DDNN_INTERNAL' })
  })
})

function answering(text: string): (socket: Socket) => void {
  return (socket) => socket.end(text)
}

async function linkTo(serve: (socket: Socket) => unknown, link = quick): Promise<ShapedProxy> {
  const proxy = await startShapedProxy(link)
  closers.push(() => proxy.close())
  const server = await listen(serve)
  proxy.target = { host, port: (server.address() as AddressInfo).port }
  return proxy
}

async function listen(serve: (socket: Socket) => unknown): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {})
    serve(socket)
  })
  server.listen(0, host)
  await once(server, 'listening')
  closers.push(() => server.close())
  return server
}

function join(proxy: ShapedProxy): Socket {
  return connect({ host, port: proxy.port, allowHalfOpen: true }).on('error', () => {})
}

/** Code of the error a socket ends with; undefined for one that ends without. */
async function errorOf(socket: Socket): Promise<string | undefined> {
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    if (socket.errored !== null) resolve(socket.errored)
    socket
      .once('error', resolve)
      .once('end', () => resolve(undefined))
      .resume()
  })
  return error?.code
}

async function reached<T>(read: () => T | undefined): Promise<T> {
  for (;;) {
    const value = read()
    if (value !== undefined) return value
    await pause()
  }
}

/** Resolves when a number has not changed for a while. */
async function settled(read: () => number): Promise<void> {
  for (let last = -1, same = 0; same < 20; same = read() === last ? same + 1 : 0) {
    last = read()
    await pause()
  }
}

function pause(): Promise<unknown> {
  return new Promise((resolve) => setTimeout(resolve, 5))
}
