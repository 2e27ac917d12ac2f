// Links with delay and bandwidth as ports of this machine, in a process of their own.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DdnnError } from '../../errors.ts'
import type { FromLinks, LinkBytes, ToLinks } from './link-messages.ts'
import type { Link } from './profile.ts'
import type { Target } from './shaped-proxy.ts'

interface ShapedLinks {
  /** Of 127.0.0.1, one a link in the order given. */
  readonly ports: readonly number[]
  /** Where each link leads; until then it resets what connects. */
  aim(targets: readonly Target[]): Promise<void>
  /** What has gone over each link, Kafka's own bytes among it. */
  count(): Promise<readonly LinkBytes[]>
  /** Ends their process, and so all connections. */
  stop(): Promise<void>
}

const main = fileURLToPath(
  new URL(`./shaped-link-main${extname(import.meta.url)}`, import.meta.url),
)

/** Starts the process; resolves when all links listen. */
export async function startShapedLinks(links: readonly Link[]): Promise<ShapedLinks> {
  const child = fork(main, { serialization: 'advanced', execArgv: [] })
  const ended = once(child, 'exit')
  let turn: Promise<unknown> = Promise.resolve()

  /** One at a time, so that the next answer belongs to this message. */
  function ask<K extends FromLinks['kind']>(message: ToLinks & { readonly kind: K }) {
    const reply = turn.then(async () => {
      const answered = once(child, 'message')
      child.send(message)
      const reply = await Promise.race([answered, ended.then(() => undefined)])
      if (reply === undefined) {
        throw new DdnnError('DDNN_INTERNAL', 'The process of the shaped links has ended')
      }
      return reply[0] as FromLinks & { readonly kind: K }
    })
    turn = reply.catch(() => {})
    return reply
  }

  const { ports } = await ask({ kind: 'open', links })
  return {
    ports,
    async aim(targets) {
      await ask({ kind: 'aim', targets })
    },
    async count() {
      return (await ask({ kind: 'count' })).bytes
    },
    async stop() {
      if (child.connected) child.disconnect()
      await ended
    },
  }
}
