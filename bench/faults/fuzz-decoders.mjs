// Mutated values, headers and JSON through the decoders, in this process: each gives a value or throws a
// FrameError, and nothing else, in bounded time and memory.
import { createRandom, mutateBytes, mutateHeaders } from './mutate.mjs'
import { goodHeaders, goodValues, loadWire } from './good-values.mjs'

const limits = { maxElements: 10_000 }
const slot = new Float32Array(limits.maxElements)

/**
 * @returns {Promise<{ values: number, decoded: number, refused: number, faults: object[], slowestMs: number,
 *   rssGrowthMb: number }>} `faults` name the number of the value and what was thrown instead of a FrameError
 */
export async function fuzzDecoders({ root, count, seed, say = () => {} }) {
  const wire = await loadWire(root)
  const good = goodValues(wire)
  const random = createRandom(seed)
  const told = { values: 0, decoded: 0, refused: 0, faults: [], slowestMs: 0 }
  const run = (what, decode) => {
    const startedAt = performance.now()
    try {
      decode()
      told.decoded++
    } catch (thrown) {
      told.refused++
      if (!(thrown instanceof wire.FrameError) && told.faults.length < 20) {
        told.faults.push({ number: told.values, what, error: String(thrown?.stack ?? thrown) })
      }
    }
    told.slowestMs = Math.max(told.slowestMs, performance.now() - startedAt)
  }
  global.gc?.()
  const rssBefore = process.memoryUsage.rss()
  let rssMost = rssBefore
  for (; told.values < count; told.values++) {
    const value = mutateBytes(random, good)
    const headers = mutateHeaders(random, goodHeaders)
    run('request headers', () => checkHeaders(wire, headers))
    run('detect', () => wire.detectWire(value, headers['ddnn-version']))
    for (const form of ['binary', 'json']) {
      run(`${form} request`, () => readRequest(wire.wires[form].decodeRequest(value, limits)))
      run(`${form} reply`, () => wire.wires[form].decodeReply(value))
    }
    if (told.values % 50_000 === 0) {
      rssMost = Math.max(rssMost, process.memoryUsage.rss())
      say(`${told.values} of ${count} values`)
    }
  }
  return { ...told, rssGrowthMb: Math.round((rssMost - rssBefore) / 2 ** 20) }
}

/** Left to the decoder of images. */
const images = ['jpeg', 'webp', 'avif']

/** What a tier does with a request that was decoded. */
function readRequest({ shape, codec, write }) {
  const elements = shape.reduce((product, axis) => product * axis, 1)
  if (elements > limits.maxElements) throw new Error(`${elements} elements came through`)
  if (!images.includes(codec)) write(slot.subarray(0, elements), 1 / 255)
}

function checkHeaders(wire, headers) {
  const { budgetMs } = wire.readRequestHeaders(headers)
  if (budgetMs !== undefined && !(budgetMs < 2 ** 31)) throw new Error(`a budget of ${budgetMs}`)
  const partition = wire.namedReplyPartition(headers)
  if (partition !== undefined && !(Number.isInteger(partition) && partition >= 0)) {
    throw new Error(`a partition of ${partition}`)
  }
  wire.replyHeaders(headers)
  wire.readReplyHeaders(headers)
}
