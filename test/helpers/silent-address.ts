// An address that takes no packets, as one behind a firewall or of another network: who connects waits.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { connect } from 'node:net'

export interface SilentAddress {
  /** '127.0.0.1:40123' */
  readonly address: string
  stop(): Promise<void>
}

/** More than wait in front of a listener that takes none, by Linux's count of a backlog of one. */
const connections = 8

/** A listener that is frozen behind a full backlog: the kernel drops whatever comes next. */
export async function silentAddress(): Promise<SilentAddress> {
  const listens = `const server = require('node:net').createServer()
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port))`
  const child = spawn(process.execPath, ['-e', listens], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  child.kill('SIGSTOP')
  const port = Number(line)
  const sockets = Array.from({ length: connections }, () =>
    connect({ port, host: '127.0.0.1' }).on('error', () => undefined),
  )
  return {
    address: `127.0.0.1:${port}`,
    async stop() {
      for (const socket of sockets) socket.destroy()
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}
