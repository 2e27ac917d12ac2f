// Asks a peer over HTTP, in the process that asks: one POST of raw uint8 pixels an image, on connections
// that stay open, as many as are under way. Opened there by startDriver(); it holds nothing of ddnn but, where
// images come encoded, the decoder, so that all contestants see the same pixels.
import { readFile } from 'node:fs/promises'
import { Pool } from 'undici'

/** Longer than any peer takes for what a load puts before one image. */
const patienceMs = 300_000

/** Answers are JSON: {"exit": "fog", "prediction": 3}. */
export async function openClient({ origin, path }, inputs) {
  const pool = new Pool(origin, {
    connections: null,
    pipelining: 1,
    headersTimeout: patienceMs,
    bodyTimeout: patienceMs,
    keepAliveTimeout: patienceMs,
  })
  const read = inputs.form === 'decoded' ? inputs.pixels : await openDecoder(inputs)
  const headers = { 'content-type': 'application/octet-stream' }
  let bytes = 0

  async function ask(index) {
    const body = await read(index)
    bytes += body.length
    const reply = await pool.request({ path, method: 'POST', headers, body })
    if (reply.statusCode !== 200) {
      await reply.body.dump()
      throw new Error(`HTTP ${reply.statusCode}`)
    }
    return reply.body.json()
  }

  return {
    maxInFlight: Infinity,
    ask,
    read: () => ({ bytes, parts: [] }),
    close: () => pool.close(),
  }
}

async function openDecoder({ file, shape: [height, width] }) {
  const { createImageDecoder } = await import('../../dist/input/decode.js')
  const decode = createImageDecoder()
  return async (index) => decode(await readFile(file(index)), height, width)
}
