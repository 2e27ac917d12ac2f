// What a span says of a message: OpenTelemetry's conventions for messaging and Kafka,
// https://opentelemetry.io/docs/specs/semconv/messaging/kafka/
import type { Attributes } from './tracing.ts'

/** A message as it was received. */
interface Received {
  readonly value: Uint8Array
  readonly correlationId: string | undefined
  readonly origin: { readonly topic: string; readonly partition: number; readonly offset: string }
}

/** Of a request that is sent. */
export function sendAttributes(topic: string | undefined): Attributes {
  return {
    'messaging.system': 'kafka',
    'messaging.destination.name': topic,
    'messaging.operation.type': 'send',
    'messaging.operation.name': 'send',
  }
}

/** Of a request that was received. */
export function processAttributes({ value, correlationId, origin }: Received): Attributes {
  const { topic, partition, offset } = origin
  return {
    'messaging.system': 'kafka',
    'messaging.destination.name': topic,
    'messaging.operation.type': 'process',
    'messaging.operation.name': 'process',
    'messaging.destination.partition.id': String(partition),
    'messaging.kafka.offset': Number(offset),
    'messaging.message.conversation_id': correlationId,
    'messaging.message.body.size': value.byteLength,
  }
}
