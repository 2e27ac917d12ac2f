// Whether a port can be had, by taking it for a moment.
import { createServer } from 'node:net'
import { fallbackHost } from '../../domain/host-address.ts'

/** Undefined where the port is free, else what kept it. */
export function listenOnce(port: number, host: string): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (fault: NodeJS.ErrnoException) => {
      const other = fallbackHost(host, fault.code)
      resolve(other === undefined ? fault : listenOnce(port, other))
    })
    server.listen(port, host, () => server.close(() => resolve(undefined)))
  })
}
