// A process of devices, for load: each has a front link of its own, as `ddnn` opens it, and asks for small images
// that are no work to make. Started by askers.mjs; told what to do over IPC.
// Messages: { inFlight } or { rate } begins a load over all devices, { stop: true } ends it and is answered
//
// with { answers: [scheduled, answered, ...], failures, bytes, replies }, { end: true } closes the links.
import { randomUUID } from 'node:crypto'
import { createFront, createKafka, openFront } from '../../dist/compose/links.js'
import { imageSizes } from '../../dist/compose/frame-sizes.js'
import { createWarningLog } from '../../dist/telemetry/log.js'
import { createMetrics } from '../../dist/telemetry/metrics/metrics.js'
import { shapeOf } from './stand-ins.mjs'

const settings = JSON.parse(process.argv[2])
const timeoutMs = 30_000
const shape = shapeOf(settings.side)
const metrics = createMetrics()
const log = createWarningLog((message) => process.stderr.write(`asker: ${message}\n`))
const devices = []
// A few at a time: all at once would wait for each other's first look at the broker.
while (devices.length < settings.devices) {
  const few = Math.min(10, settings.devices - devices.length)
  devices.push(...(await Promise.all(Array.from({ length: few }, openDevice))))
}
/** Of the load: [scheduled, answered] one after the other, ms since 1970. */
let answers = []
let failures = 0
/** Of the last request's value and the last reply's. */
const bytes = { request: 0, reply: 0 }
let isOn = false
let asked = 0
const underWay = new Set()

process.on('message', (message) => void act(message))
process.send('ready')

async function act({ inFlight, rate, stop, end }) {
  if (stop === true) {
    isOn = false
    await Promise.all(underWay)
    process.send({ answers, failures, bytes, replies: await readReplies() })
  } else if (end === true) {
    await Promise.all(devices.map(({ close }) => close()))
    process.disconnect()
  } else {
    answers = []
    failures = 0
    isOn = true
    if (rate === undefined) for (let i = 0; i < inFlight; i++) void keepAsking()
    else void askAtRate(rate)
  }
}

/** One request under way, always. */
async function keepAsking() {
  while (isOn) await ask(now())
}

/** At even distances, whether or not those before are answered; latency counts from the time that was due. */
async function askAtRate(rate) {
  const startedAt = now()
  for (let i = 0; isOn; i++) {
    const dueAt = startedAt + (i * 1000) / rate
    const waitMs = dueAt - now()
    if (waitMs > 1) await new Promise((resolve) => setTimeout(resolve, waitMs))
    if (isOn) void ask(dueAt)
  }
}

function ask(dueAt) {
  const asking = askOne(dueAt).finally(() => underWay.delete(asking))
  underWay.add(asking)
  return asking
}

async function askOne(dueAt) {
  const { front } = devices[asked % devices.length]
  // Different in its first values: more would be work that is not the load's.
  const data = new Uint8Array(shape.reduce((a, b) => a * b, 1))
  for (let i = 0; i < 48; i++) data[i] = (asked * 31 + i * 7) % 256
  asked++
  const image = { dtype: 'uint8', shape, data }
  try {
    const value = front.wire.encodeRequest(image, { family: undefined, labelsHash: undefined })
    bytes.request = value.byteLength
    const incoming = await front.requester.ask(value, { budgetMs: timeoutMs })
    bytes.reply = incoming.value.byteLength
    const reply = front.wire.decodeReply(incoming.value, incoming.wireVersion)
    if (reply.problem !== undefined) throw new Error(reply.problem.message)
    answers.push(dueAt, now())
  } catch (error) {
    failures++
    if (failures === 1) process.stderr.write(`asker: ${error.message}\n`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function openDevice() {
  const { brokers, topics, partitions } = settings
  const [requestTopic, replyTopic] = topics
  const name = `device-${randomUUID().slice(0, 8)}`
  const ends = { requestBrokers: [brokers], replyBrokers: [brokers], requestTopic, replyTopic }
  const context = { name, log, metrics }
  const kafka = createKafka(
    { side: 'front', ...ends, tls: undefined, sasl: undefined },
    { topics: { partitions, create: true, isAwaited: false }, startTimeoutMs: 60_000 },
    context,
  )
  const options = { form: 'binary', ordinal: undefined, maxInFlight: 100_000, whenOpen: 'wait' }
  const sizes = imageSizes(shape, 'uint8', 5, 'binary')
  const front = createFront(kafka, { requestTopic, replyTopic, ...options, ...sizes }, context)
  await openFront(front)
  return { front, close: () => front.requester.close().then(() => kafka.close()) }
}

/** Replies that were read, by kind: those of others on the same partition are `foreign`. */
async function readReplies() {
  const { values } = await metrics.replies.get()
  return Object.fromEntries(values.map(({ labels, value }) => [labels.kind, value]))
}

function now() {
  return performance.timeOrigin + performance.now()
}
