// A link as a TCP proxy: what connects to it reaches its target through two channels, one a direction. Bytes keep
// their order, a half-close and a reset arrive as late as bytes do, and opening takes a round trip.
// A reset that is here at once with bytes before it arrives as an end: so libuv reads it.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { createChannel, type Channel } from './channel.ts'
import type { Link } from './profile.ts'

export interface Target {
  readonly host: string
  readonly port: number
}

export interface ShapedProxy {
  readonly port: number
  /** Where connections lead. The port is known before: a broker must be told it to start. */
  target: Target | undefined
  /** Bytes of TCP's payload in each direction so far. */
  bytes(): { readonly up: number; readonly down: number }
  /** Ends all connections. */
  close(): Promise<void>
}

/** Listens on a free port of the loopback. Connections are reset while there is no target. */
export async function startShapedProxy(
  link: Pick<Link, 'delayMs' | 'upBitsPerSecond' | 'downBitsPerSecond'>,
): Promise<ShapedProxy> {
  const { delayMs } = link
  const up = createChannel({ delayMs, bitsPerSecond: link.upBitsPerSecond })
  const down = createChannel({ delayMs, bitsPerSecond: link.downBitsPerSecond })
  const open = new Set<Socket>()
  let target: Target | undefined
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    track(client, open)
    up.send(0, () => joinTarget(client))
  })

  function joinTarget(client: Socket): void {
    if (target === undefined || client.destroyed) return void client.resetAndDestroy()
    const far = connect({ ...target, allowHalfOpen: true, noDelay: true })
    track(far, open)
    far.once('connect', () => {
      // The other end may speak first, but not before this end knows that it is there.
      down.send(0, () => void pump(client, far, up))
      void pump(far, client, down)
    })
    far.once('error', () => {
      down.send(0, () => client.resetAndDestroy())
    })
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    get target() {
      return target
    },
    set target(to) {
      target = to
    },
    bytes: () => ({ up: up.bytes, down: down.bytes }),
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of open) socket.destroy()
      await closed
    },
  }
}

function track(socket: Socket, open: Set<Socket>): void {
  open.add(socket)
  // What went wrong is told to the other end by its pump.
  socket.on('error', () => {})
  socket.once('close', () => open.delete(socket))
}

/** Passes on all that comes, then the end or the reset that follows it. */
async function pump(from: Socket, to: Socket, channel: Channel): Promise<void> {
  let drained: Promise<void> | undefined
  const write = (piece: Buffer) => {
    if (to.destroyed || to.write(piece)) return
    drained ??= untilDrained(to).then(() => {
      drained = undefined
    })
  }
  try {
    // Left to itself the iterator would destroy the socket at its end, and a half-closed one is still written to.
    for await (const chunk of from.iterator({ destroyOnReturn: false })) {
      const bytes = chunk as Buffer
      await drained
      await channel.room()
      channel.send(bytes.length, (start, end) => {
        write(bytes.subarray(start, end))
      })
    }
    channel.send(0, () => to.end())
  } catch {
    channel.send(0, () => to.resetAndDestroy())
  }
}

function untilDrained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done).off('close', done)
      resolve()
    }
    socket.on('drain', done).on('close', done)
  })
}
