// The process of shaped links (shaped-links.ts starts it): on its own, so that what is measured does not make
// links late, and links take no time of an event loop that is measured. It ends with its parent.
import type { FromLinks, ToLinks } from './link-messages.ts'
import { startShapedProxy, type ShapedProxy } from './shaped-proxy.ts'

let proxies: readonly ShapedProxy[] = []

async function answer(message: ToLinks): Promise<FromLinks> {
  switch (message.kind) {
    case 'open':
      proxies = await Promise.all(message.links.map(startShapedProxy))
      return { kind: 'open', ports: proxies.map((proxy) => proxy.port) }
    case 'aim':
      for (const [i, proxy] of proxies.entries()) proxy.target = message.targets[i]
      return { kind: 'aim' }
    case 'count':
      return { kind: 'count', bytes: proxies.map((proxy) => proxy.bytes()) }
  }
}

process.on('message', (message: ToLinks) => {
  void answer(message).then((reply) => process.send?.(reply))
})
process.once('disconnect', () => process.exit(0))
// A Ctrl-C goes to the whole group of processes: who is joined by the links may still have to end in order.
process.on('SIGINT', () => undefined)
