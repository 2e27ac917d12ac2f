// The device of the bare chain: kafkajs alone in the process that asks.
import type { Client, ClientInputs } from '../driver/client.ts'
import { connectKafka } from './kafka.ts'
import { openPixels } from './pixels.ts'
import type { BareAnswer } from './stage.ts'
import type { Topics } from './topics.ts'

interface KafkaClientSettings {
  readonly brokers: string
  /** Of the first hop. */
  readonly front: Topics
}

export async function openClient(
  { brokers, front }: KafkaClientSettings,
  inputs: ClientInputs,
): Promise<Client> {
  const kafka = await connectKafka(brokers)
  const pixelsOf = await openPixels(inputs)
  const send = kafka.sender(front.requests)
  const open = new Map<number, (answer: BareAnswer) => void>()
  const total = { bytes: 0, decodeMs: 0, askingMs: 0 }
  let next = 0
  await kafka.consume(front.replies, (messages) => {
    for (const { key, value } of messages) {
      const id = (key as Buffer).readUInt32LE()
      open.get(id)?.(JSON.parse(String(value)) as BareAnswer)
      open.delete(id)
    }
  })

  return {
    maxInFlight: Infinity,
    ask: async (index) => {
      const startedAt = performance.now()
      const given = pixelsOf(index)
      const pixels = given instanceof Promise ? await given : given
      total.decodeMs += performance.now() - startedAt
      total.bytes += pixels.length
      const key = Buffer.alloc(4)
      key.writeUInt32LE(next)
      const askedAt = performance.now()
      const answer = await new Promise<BareAnswer>((resolve) => {
        open.set(next++, resolve)
        send(key, pixels)
      })
      total.askingMs += performance.now() - askedAt
      return answer
    },
    read: () => ({
      bytes: total.bytes,
      parts: [
        { where: 'device', part: 'decode', ms: total.decodeMs },
        { where: 'device', part: 'hop', ms: total.askingMs },
      ],
    }),
    close: () => Promise.resolve(),
  }
}
