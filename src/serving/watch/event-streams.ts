// Server-sent events to those who watch: https://html.spec.whatwg.org/multipage/server-sent-events.html. One who reads
// slowly misses ticks, and never holds memory or others up.
import type { ServerResponse } from 'node:http'
import type { OpenWatch, Tell } from './create-watch.ts'

/** A page is one; some look at several. */
const mostViewers = 32
/** What a viewer has not read of, bytes: beyond it ticks and images are left out. */
const maxWaiting = 1 << 20
/** A viewer that reads nothing any more is let go at this, bytes. */
const maxHeld = 8 << 20

interface EventStreams {
  /** False where too many watch already. */
  open(response: ServerResponse, headers: Readonly<Record<string, string>>): boolean
  close(): void
}

export function createEventStreams(watch: OpenWatch): EventStreams {
  const open = new Map<ServerResponse, () => void>()
  const end = (response: ServerResponse) => {
    open.get(response)?.()
    open.delete(response)
  }
  return {
    open(response, headers) {
      if (open.size >= mostViewers) return false
      response.writeHead(200, {
        ...headers,
        'content-type': 'text/event-stream; charset=utf-8',
        // Proxies that gather what they pass on would hold events back.
        'x-accel-buffering': 'no',
      })
      // How soon a browser comes back, milliseconds.
      response.write('retry: 1000\n\n')
      const tell: Tell = ([event, data]) => {
        if (response.writableLength > maxHeld) return void response.destroy()
        if (event !== 'state' && response.writableLength > maxWaiting) return
        response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
      }
      response.on('close', () => end(response)).on('error', () => undefined)
      open.set(response, watch.follow(tell))
      return true
    },
    close() {
      // The last images of a run come between two ticks.
      if (open.size > 0) watch.tellTick()
      for (const response of [...open.keys()]) {
        end(response)
        response.end()
      }
    },
  }
}
