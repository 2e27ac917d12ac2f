// NodePorts of Services, as kube-proxy serves them: a port at the nodes' address that leads to a Pod which
// the Service selects.
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Service } from './objects.ts'

export interface NodePorts {
  close(): Promise<void>
}

/** Address and port of a Pod for a Service's target port; undefined while no Pod is there. */
export type Target = () => { readonly host: string; readonly port: number } | undefined

/** At `address`; what is handed on comes from `source`, as the nodes of a cluster put their own in place. */
export async function serveNodePorts(
  { address, source }: { readonly address: string; readonly source: string },
  services: readonly Service[],
  targetOf: (service: Service, targetPort: string | number) => ReturnType<Target>,
): Promise<NodePorts> {
  const sockets = new Set<Socket>()
  const servers: Server[] = []
  for (const service of services) {
    for (const { nodePort, targetPort } of service.spec.ports) {
      if (nodePort === undefined) continue
      const server = forward(source, () => targetOf(service, targetPort), sockets)
      servers.push(server)
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(nodePort, address, resolve)
      })
    }
  }
  return {
    async close() {
      sockets.forEach((socket) => socket.destroy())
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
}

function forward(source: string, target: Target, sockets: Set<Socket>): Server {
  return createServer((incoming) => {
    const to = target()
    if (to === undefined) {
      incoming.destroy()
      return
    }
    const outgoing = connect({ ...to, localAddress: source })
    for (const [one, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(one)
      one.setNoDelay()
      one.pipe(other)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
  })
}
