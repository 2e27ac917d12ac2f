// A device's --preprocess that gives the usual pixels, but no faster than FAULTS_RATE images a second: what
// comes then does not depend on how fast it is answered. FAULTS_ROOT is the checkout whose decoder is used.
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const { createImageDecoder } = await import(
  pathToFileURL(join(process.env.FAULTS_ROOT, 'dist', 'input', 'decode.js')).href
)
const decode = createImageDecoder()
const everyMs = 1000 / Number(process.env.FAULTS_RATE)
let due = 0

export async function preprocess({ bytes, height, width }) {
  const now = performance.now()
  due = Math.max(due + everyMs, now)
  const waitMs = due - now
  if (waitMs > 1) await sleep(waitMs)
  return { data: await decode(bytes, height, width), shape: [height, width, 3] }
}
