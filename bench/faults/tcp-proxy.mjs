// A TCP proxy before one Kafka broker whose faults are switched while it runs: startProxy(). It listens before
// its broker is there, so that the broker can advertise the proxy's port; `target` is set afterwards.
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createFrameFilter, produceKey } from './kafka-frames.mjs'

const sliceMs = 50

/**
 * Resolves with the listening proxy. Faults hold for connections that stand and for new ones, until restore().
 * @param {{ host?: string }} [options]
 */
export async function startProxy({ host = '127.0.0.1' } = {}) {
  const pairs = new Set()
  const counts = { connections: 0, resets: 0, swallowed: 0 }
  let state = healthy()
  const waiting = new Set()
  const wakeAll = () => {
    for (const wake of waiting) wake()
    waiting.clear()
  }
  const whenThawed = async () => {
    while (state.isFrozen) await new Promise((resolve) => waiting.add(resolve))
  }

  const proxy = {
    port: 0,
    /** `{ host, port }` of the broker. */
    target: undefined,
    counts,
    /** Closes every connection and takes none. */
    cut() {
      state = { ...state, isCut: true }
      for (const pair of pairs) pair.reset()
    },
    /** No byte passes, either way; connections stay. */
    freeze() {
      state = { ...state, isFrozen: true }
    },
    /** Bytes a second of each direction of each connection. */
    slow(bytesPerSecond) {
      state = { ...state, bytesPerSecond }
    },
    /** Each chunk comes so much later, milliseconds. */
    delay(latencyMs) {
      state = { ...state, latencyMs }
    },
    /** RST on every connection once it has passed so many more bytes to its broker: in mid-frame. */
    resetAfter(bytes) {
      state = { ...state, resetAfter: bytes }
      for (const pair of pairs) pair.sent = 0
    },
    /**
     * The next Produce reaches its broker, whose answer is lost: with a RST of its connection, or silently
     * (`isSilent`), as where a router forgot it.
     */
    swallowNextProduce({ isSilent = false } = {}) {
      state = { ...state, swallow: { isSilent } }
    },
    restore() {
      state = healthy()
      wakeAll()
    },
    async close() {
      proxy.restore()
      for (const pair of pairs) pair.reset()
      await new Promise((resolve) => server.close(resolve))
    },
  }

  function open(client) {
    if (state.isCut || proxy.target === undefined) return client.resetAndDestroy()
    counts.connections++
    const broker = connect({ ...proxy.target, noDelay: true })
    client.setNoDelay(true)
    const swallowed = new Map()
    const pair = {
      sent: 0,
      reset() {
        counts.resets++
        pairs.delete(pair)
        client.resetAndDestroy()
        broker.resetAndDestroy()
      },
    }
    pairs.add(pair)
    const requests = createFrameFilter('request', ({ apiKey, correlationId }) => {
      if (apiKey !== produceKey || state.swallow === undefined) return
      swallowed.set(correlationId, state.swallow)
      state = { ...state, swallow: undefined }
    })
    const responses = createFrameFilter('response', ({ correlationId }) => {
      const how = swallowed.get(correlationId)
      if (how === undefined) return true
      swallowed.delete(correlationId)
      counts.swallowed++
      if (!how.isSilent) setImmediate(() => pair.reset())
      return false
    })
    const end = () => {
      pairs.delete(pair)
      client.destroy()
      broker.destroy()
    }
    const onSent = (bytes) => {
      if (state.resetAfter === undefined || (pair.sent += bytes) <= state.resetAfter) return true
      pair.reset()
      return false
    }
    pump(client, broker, requests, onSent).then(end, end)
    pump(broker, client, responses, () => true).then(end, end)
  }

  /** Passes chunks on under the faults of the moment; `mayPass` is told of their bytes first. */
  async function pump(from, to, filter, mayPass) {
    to.on('error', () => {})
    for await (const chunk of from) {
      if (state.latencyMs > 0) await sleep(state.latencyMs)
      for (const kept of filter(chunk)) {
        for (const piece of slicesOf(kept, state)) {
          await whenThawed()
          if (!mayPass(piece.length) || to.destroyed) return
          if (state.bytesPerSecond > 0) await sleep((piece.length / state.bytesPerSecond) * 1000)
          if (!to.write(piece)) await drained(to)
        }
      }
    }
  }

  const server = createServer(open)
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, host, resolve)
  })
  proxy.port = server.address().port
  return proxy
}

function healthy() {
  return { isCut: false, isFrozen: false, bytesPerSecond: 0, latencyMs: 0 }
}

/** A slow link takes small pieces, and a reset comes in the middle of one. */
function slicesOf(bytes, { bytesPerSecond, resetAfter }) {
  const size = bytesPerSecond > 0 ? (bytesPerSecond * sliceMs) / 1000 : resetAfter && 4096
  if (size === undefined || bytes.length <= size) return [bytes]
  const slices = []
  const step = Math.max(1, Math.floor(size))
  for (let at = 0; at < bytes.length; at += step) slices.push(bytes.subarray(at, at + step))
  return slices
}

function drained(socket) {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done)
      socket.off('close', done)
      resolve()
    }
    socket.on('drain', done)
    socket.on('close', done)
  })
}
