// Mutated records into a live tier over Kafka: it lives on, answers the good requests in between as a local run
// does, and its memory stays bounded.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import kafkajs from 'kafkajs'
import { localAnswers } from './images.mjs'
import { createRandom, mutateBytes, mutateHeaders } from './mutate.mjs'
import { goodHeaders, goodValues, loadWire } from './good-values.mjs'
import { readMetrics, readProcess, startNode, sumOf } from './process.mjs'

const roundSize = 50
const answerWithinMs = 120_000
const topics = { requests: 'device-edge', replies: 'edge-device' }

/** kafkajs writes a header of null, but trips over its length; other clients send them. */
function allowNullHeaders() {
  const { byteLength } = Buffer
  Buffer.byteLength = (value, ...rest) => (value === null ? 0 : byteLength(value, ...rest))
}

/** Sends `count` mutated records, a good request after every fifty of them. */
export async function fuzzTier({ root, kafka, count, seed, engine = 'wasm', say = () => {} }) {
  allowNullHeaders()
  const random = createRandom(seed)
  const wire = await loadWire(root)
  const images = join(root, 'data', 'sample')
  const expected = await localAnswers(root, images, { engine, threshold: 1.1 })
  const real = await realRequests(root, wire, images, [...expected.keys()].slice(0, 10))
  // Mostly small ones: those of a real size would only wait for the disk.
  const good = [...Array(4).fill(goodValues(wire)).flat(), ...real.map(({ value }) => value)]
  const tier = await startTier(root, kafka.bootstrap, engine)
  const died = tier.ended.then(
    ({ code, signal }) => `the tier ended (${code ?? signal}): ${tier.output().slice(-2000)}`,
  )
  const replies = await readReplies(kafka.bootstrap, wire, died)
  const producer = clientOf(kafka.bootstrap).producer()
  await producer.connect()
  const before = readProcess(tier.pid)
  const told = { values: 0, good: 0, wrong: 0, slowestGoodMs: 0, rssMost: before?.rss ?? 0 }
  try {
    while (told.values < count) {
      const size = Math.min(roundSize, count - told.values)
      const bad = Array.from({ length: size }, () => mutatedRecord(random, good))
      await producer.send({ topic: topics.requests, messages: bad })
      told.values += size
      const { file, value } = real[told.good % real.length]
      const startedAt = performance.now()
      const reply = await replies.answerOf(`fuzz-good:${told.good}`, () =>
        producer.send({ topic: topics.requests, messages: [goodRecord(value, told.good)] }),
      )
      told.slowestGoodMs = Math.max(told.slowestGoodMs, performance.now() - startedAt)
      told.good++
      if (!isRight(reply, expected.get(file))) told.wrong++
      told.rssMost = Math.max(told.rssMost, readProcess(tier.pid)?.rss ?? 0)
      if (told.good % 20 === 0) say(`${told.values} of ${count} records`)
    }
    const metrics = await readMetrics(tier.port)
    return {
      ...told,
      slowestGoodMs: Math.round(told.slowestGoodMs),
      isAlive: tier.isRunning && (await isReady(tier.port)),
      deadLetters: sumOf(metrics, 'ddnn_dead_letters_total'),
      rssBeforeMb: Math.round((before?.rss ?? 0) / 2 ** 20),
      rssMostMb: Math.round(told.rssMost / 2 ** 20),
    }
  } finally {
    await Promise.allSettled([producer.disconnect(), replies.close()])
    await tier.stop('SIGKILL')
  }
}

async function startTier(root, bootstrap, engine) {
  const tier = startNode(root, 'fuzzed tier', [
    ...['--models', join(root, 'saved_models', 'model'), '--name', 'fuzzed', '--engine', engine],
    ...['--consumer-back', bootstrap, '--consumer-back-topic', topics.requests],
    ...['--producer-back', bootstrap, '--producer-back-topic', topics.replies],
    ...['--http-port', '0', '--http-host', '127.0.0.1', '--log-format', 'json'],
    ...['--threshold', '1.1'],
  ])
  tier.port = Number((await tier.waitFor(/health on port (\d+)/))[1])
  await tier.waitFor(/"msg":"ready"/)
  return tier
}

/** Replies by correlation id; `answerOf` sends and waits, no longer than the tier lives. */
async function readReplies(bootstrap, wire, died) {
  const consumer = clientOf(bootstrap).consumer({ groupId: 'fuzz-replies', maxWaitTimeInMs: 100 })
  const waiting = new Map()
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve))
  await consumer.connect()
  await consumer.subscribe({ topic: topics.replies, fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ message }) => {
      const id = String(message.headers?.['correlation-id'] ?? '')
      waiting.get(id)?.(wire.wires.binary.decodeReply(new Uint8Array(message.value)))
    },
  })
  await joined
  return {
    async answerOf(id, send) {
      let timer
      try {
        return await new Promise((resolve, reject) => {
          waiting.set(id, resolve)
          timer = setTimeout(() => reject(new Error(`no answer to ${id}`)), answerWithinMs)
          died.then((why) => reject(new Error(why)))
          send().catch(reject)
        })
      } finally {
        clearTimeout(timer)
        waiting.delete(id)
      }
    },
    close: () => consumer.disconnect(),
  }
}

const goodRecord = (value, number) => ({
  value,
  headers: {
    ...goodHeaders,
    'client-id': 'fuzz-good',
    'correlation-id': `fuzz-good:${number}`,
    'reply-partition': '0',
    'budget-ms': String(answerWithinMs),
  },
})

/** Changed values, changed headers, and what Kafka itself allows: no value, headers of null, twice, or of bytes. */
function mutatedRecord(random, good) {
  const headers = mutateHeaders(random, { ...goodHeaders, 'correlation-id': 'fuzz-bad:1' })
  if (random.int(20) === 0) headers[random.pick(Object.keys(goodHeaders))] = null
  if (random.int(20) === 0) headers['budget-ms'] = ['1', '2']
  if (random.int(20) === 0) headers['client-id'] = Buffer.from([0xff, 0xfe, 0])
  const value = random.int(100) === 0 ? null : mutateBytes(random, good)
  const key = random.int(10) === 0 ? mutateBytes(random, good).subarray(0, 100) : null
  return { key, value, headers: random.int(10) === 0 ? {} : headers }
}

/** Requests of real images, as a device sends them. */
async function realRequests(root, { wires }, images, files) {
  const { createImageDecoder } = await import(
    pathToFileURL(join(root, 'dist', 'input', 'decode.js')).href
  )
  const decode = createImageDecoder()
  const shape = [180, 180, 3]
  const meta = { family: undefined, labelsHash: undefined }
  return Promise.all(
    files.map(async (file) => {
      const data = await decode(readFileSync(join(images, file)), shape[0], shape[1])
      return {
        file,
        value: Buffer.from(wires.binary.encodeRequest({ dtype: 'uint8', shape, data }, meta)),
      }
    }),
  )
}

/** The tier holds all three submodels: its own result is the last exit's. */
function isRight(reply, local) {
  return String(reply.result?.prediction) === local.Cloud_Prediction
}

async function isReady(port) {
  return (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200
}

function clientOf(bootstrap) {
  const { Kafka, logLevel } = kafkajs
  return new Kafka({ clientId: 'fuzz', brokers: bootstrap.split(','), logLevel: logLevel.NOTHING })
}
