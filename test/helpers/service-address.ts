// Gives a local broker the address that a manifest or a compose file names it by: a port of its own choice
// on a loopback address, from which connections are handed on. Names stand in the container's hosts file.
import { randomInt } from 'node:crypto'
import { connect, createServer, type Socket } from 'node:net'

export interface ServiceAddress {
  /** A loopback address that no other test has. */
  readonly host: string
  close(): Promise<void>
}

/** Hands `port` of an address of its own on to `target` (host:port). */
export async function serveAddress(port: number, target: string): Promise<ServiceAddress> {
  const [targetHost = '', targetPort = ''] = target.split(':')
  const host = loopbackAddress()
  const sockets = new Set<Socket>()
  const server = createServer((incoming) => {
    const outgoing = connect(Number(targetPort), targetHost)
    for (const [one, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(one)
      one.pipe(other)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return {
    host,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** 127.x.y.z by chance: as good as an address of a Pod, where all ports are free. */
export function loopbackAddress(): string {
  return `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(2, 255)}`
}
