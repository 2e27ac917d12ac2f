// Between Kafka's records and the seam's bytes and headers.
import type { IHeaders, KafkaMessage } from 'kafkajs'
import type { Headers } from '../transport.ts'

/** Headers as text; of a name that comes twice the first counts. */
export function headersOf(headers: IHeaders | undefined): Headers {
  const read: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers ?? {})) {
    const first = Array.isArray(value) ? value[0] : value
    if (first !== undefined) read[name] = first.toString()
  }
  return read
}

/** The same memory as a Buffer: kafkajs takes no other. */
export function bufferOf(value: Uint8Array): Buffer {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
}

/** Whether the record's time is the broker's; kafkajs's types leave its batch out. */
export function isBrokerTimed(message: KafkaMessage): boolean {
  const { batchContext } = message as { batchContext?: { timestampType?: number } }
  return batchContext?.timestampType === 1
}
