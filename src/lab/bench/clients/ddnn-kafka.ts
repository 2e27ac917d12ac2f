// ddnn's own device as a client of the bench: its front link and its wire, asked by the load generator.
import { randomUUID } from 'node:crypto'
import { createContext, createKafka, createFront, openFront } from '../../../compose/links.ts'
import { imageSizes } from '../../../compose/frame-sizes.ts'
import { encoderOf } from '../../../compose/inputs.ts'
import { createFrontAnswer } from '../../../serving/device/ask-front.ts'
import { readAs, type SendForm } from '../../../serving/device/read-as.ts'
import { hashLabels } from '../../../domain/labels.ts'
import { jpegQuality } from '../../../input/encode.ts'
import { createLog } from '../../../telemetry/log.ts'
import type { Client, ClientInputs } from '../driver/client.ts'
import { toClientAnswer } from './answer.ts'
import { createImages } from './images.ts'

export interface DdnnKafkaSettings {
  readonly name: string
  /** host:port each. */
  readonly brokers: readonly string[]
  readonly requestTopic: string
  readonly replyTopic: string
  readonly labels: readonly string[]
  readonly send: SendForm
  readonly sendQuality: number | undefined
  readonly partitions: number
  readonly maxInFlight: number
  readonly timeoutMs: number
}

/** Who asks first: the name of its hop begins with it. */
export const asker = 'device'

export async function openClient(
  settings: DdnnKafkaSettings,
  inputs: ClientInputs,
): Promise<Client> {
  const { name, brokers, requestTopic, replyTopic, send, timeoutMs } = settings
  const log = createLog({ level: 'warn', format: 'pretty', name })
  const link = {
    side: 'front',
    requestBrokers: brokers,
    replyBrokers: brokers,
    requestTopic,
    replyTopic,
    tls: undefined,
    sasl: undefined,
  } as const
  const topics = { partitions: settings.partitions, create: true, isAwaited: false }
  const context = createContext(name, log)
  const transport = createKafka(link, { topics, startTimeoutMs: 10_000 }, context)
  const dtype = send === 'float32' ? 'float32' : 'uint8'
  const front = createFront(
    transport,
    {
      requestTopic,
      replyTopic,
      form: 'binary',
      ordinal: undefined,
      maxInFlight: settings.maxInFlight,
      whenOpen: 'wait',
      ...imageSizes(inputs.shape, dtype, settings.labels.length, 'binary'),
    },
    { ...context, name: `${name}-${randomUUID().slice(0, 4)}` },
  )
  await openFront(front)
  let bytes = 0
  const parts = { decode: 0, hop: 0 }
  const labelsHash = hashLabels(settings.labels)
  const answer = createFrontAnswer(front.requester, front.wire, labelsHash, {
    meter: {
      moved(direction, _, size) {
        if (direction === 'sent') bytes += size
      },
    },
  })
  const imageOf = createImages(inputs)
  // Pixels in memory have no file of their own to send.
  const ownQuality = inputs.form === 'decoded' && send === 'jpeg' ? jpegQuality : undefined
  const encode = encoderOf({ send, sendQuality: settings.sendQuality ?? ownQuality })
  const never = new AbortController().signal

  return {
    maxInFlight: settings.maxInFlight,
    ask: async (index) => {
      const startedAt = performance.now()
      const image = await readAs(imageOf(index), { send, encode })
      const readAt = performance.now()
      parts.decode += readAt - startedAt
      const reply = await answer(image, { budgetMs: timeoutMs, signal: never })
      parts.hop += performance.now() - readAt
      return toClientAnswer(reply)
    },
    read: () => ({
      bytes,
      parts: [
        { where: asker, part: 'decode', ms: parts.decode },
        // The whole of its waiting: what the tiers say of theirs is taken off it by who reads both.
        { where: asker, part: 'hop', ms: parts.hop },
      ],
    }),
    close: async () => {
      await front.requester.close()
      await transport.close()
    },
  }
}
