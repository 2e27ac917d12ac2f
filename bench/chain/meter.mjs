// Loaded into every process of a chain by `node --import`: says what it spent (CPU of all its threads)
// and what it asked the brokers for, by kind. Answers the message 'reading'; says 'started' with its
// first Produce; with DDNN_BENCH_LAST it leaves its last reading, since its first Produce, in that file.
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'

if (isMainThread && process.send !== undefined) {
  const requests = {}
  let first
  const reading = () => {
    const { user, system } = process.cpuUsage()
    return { cpuMs: (user + system) / 1000, requests: { ...requests } }
  }
  // kafkajs' own file, found from the checkout that runs: its events come only to who made the client.
  const require = createRequire(join(process.cwd(), 'package.json'))
  const RequestQueue = require('kafkajs/src/network/requestQueue')
  const { push } = RequestQueue.prototype
  RequestQueue.prototype.push = function (request) {
    const { apiName } = request.entry
    if (apiName === 'Produce' && first === undefined) {
      first = reading()
      process.send('started')
    }
    requests[apiName] = (requests[apiName] ?? 0) + 1
    return push.call(this, request)
  }
  process.on('message', (message) => {
    if (message === 'reading') process.send(reading())
  })
  // The bench's own line must not keep alive what is done.
  process.channel.unref()
  process.on('exit', () => {
    const path = process.env.DDNN_BENCH_LAST
    if (path === undefined || first === undefined) return
    writeFileSync(path, JSON.stringify(spentBetween(first, reading())))
  })
}

/** What lies between two readings of one process. */
export function spentBetween(from, to) {
  const requests = Object.entries(to.requests).map(([kind, n]) => [
    kind,
    n - (from.requests[kind] ?? 0),
  ])
  return { cpuMs: to.cpuMs - from.cpuMs, requests: Object.fromEntries(requests) }
}
