// One process of the bare chain: edge, fog or cloud. A kafkajs consumer, one session, a kafkajs producer.
// Started with its settings as JSON in argv; says 'ready', and what it counted when it is asked 'read'.
import type { KafkaMessage } from 'kafkajs'
import { createCodec } from './codec.ts'
import { connectKafka } from './kafka.ts'
import { createDecide } from './decide.ts'
import { scalePixels } from './pixels.ts'
import { openSession } from './session.ts'
import { sizeOf, type BareRun, type BareStage } from './stage.ts'
import { takeWaiting } from './take-waiting.ts'
import type { Topics } from './topics.ts'

export interface HopSettings extends BareRun {
  readonly brokers: string
  readonly stage: BareStage
  /** How the features that come were encoded; undefined of the first stage, which gets uint8 pixels. */
  readonly inputCodec: string | undefined
  readonly back: Topics
  /** Undefined of the last stage. */
  readonly front: Topics | undefined
}

/** Totals since the start, milliseconds over all images. */
export interface HopReading {
  /** Of the requests that it sent on. */
  readonly bytes: number
  readonly queue: number
  readonly decode: number
  readonly compute: number
  readonly encode: number
  /** From asking the front to its reply. */
  readonly asking: number
  /** From a request's coming to its answer, the front's time in it. */
  readonly answering: number
}

const settings = JSON.parse(process.argv[2] ?? '{}') as HopSettings
const { stage, back, front } = settings
const kafka = await connectKafka(settings.brokers)
const answer = kafka.sender(back.replies)
const ask = front === undefined ? undefined : kafka.sender(front.requests)
const pass = await openSession(stage, settings)
const decide = createDecide(stage, settings.leaveAt)
const size = sizeOf(stage.input)
const { decode } =
  settings.inputCodec === undefined
    ? { decode: scalePixels }
    : createCodec(settings.inputCodec, stage.input)
const codec = stage.features === null ? undefined : createCodec(stage.codec, stage.features)
const input = new Float32Array(settings.maxBatchSize * size)
const total = { bytes: 0, queue: 0, decode: 0, compute: 0, encode: 0, asking: 0, answering: 0 }
/** What was asked of the front, by its key. */
const open = new Map<number, { readonly cameAt: number; readonly askedAt: number }>()

const work = takeWaiting<KafkaMessage & { cameAt: number }>(
  () => settings.maxBatchSize,
  async (requests) => {
    const count = requests.length
    const startedAt = performance.now()
    for (const [i, { value, cameAt }] of requests.entries()) {
      decode(value as Buffer, input.subarray(i * size, (i + 1) * size))
      total.queue += startedAt - cameAt
    }
    const readAt = performance.now()
    const given = await pass(input.subarray(0, count * size), count)
    const ranAt = performance.now()
    for (const [i, { key, cameAt }] of requests.entries()) {
      const found = decide(given, i, count)
      if (found !== undefined) {
        answer(key as Buffer, Buffer.from(JSON.stringify(found)))
        total.answering += performance.now() - cameAt
        continue
      }
      const features = given.features as Float32Array
      const width = features.length / count
      const bytes = codec?.encode(features.subarray(i * width, (i + 1) * width)) as Uint8Array
      total.bytes += bytes.length
      open.set((key as Buffer).readUInt32LE(), { cameAt, askedAt: performance.now() })
      ask?.(key as Buffer, bytes)
    }
    // Each image of a batch waits for all of it.
    total.decode += count * (readAt - startedAt)
    total.compute += count * (ranAt - readAt)
    total.encode += count * (performance.now() - ranAt)
  },
)

if (front !== undefined) {
  await kafka.consume(front.replies, (messages) => {
    const now = performance.now()
    for (const { key, value } of messages) {
      answer(key as Buffer, value as Buffer)
      const id = (key as Buffer).readUInt32LE()
      total.asking += now - (open.get(id)?.askedAt ?? now)
      total.answering += now - (open.get(id)?.cameAt ?? now)
      open.delete(id)
    }
  })
}
await pass(input, settings.maxBatchSize)
await pass(input.subarray(0, size), 1)
await kafka.consume(back.requests, (messages) => {
  const cameAt = performance.now()
  work(...messages.map((message) => ({ ...message, cameAt })))
})
process.on('message', () => process.send?.(total satisfies HopReading))
process.once('disconnect', () => process.exit())
process.send?.('ready')
