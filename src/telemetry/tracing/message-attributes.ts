// What a span says of a message: OpenTelemetry's conventions for messaging and Kafka,
// https://opentelemetry.io/docs/specs/semconv/messaging/kafka/
import type { Attributes } from './tracing.ts'

/** What a request is sent over and where to. */
export interface Destination {
  /** `kafka`, or `in_process` for a link within one process. */
  readonly system: string
  readonly topic: string
}

/** A message as it was received. */
interface Received {
  readonly system: string
  readonly value: Uint8Array
  readonly correlationId: string | undefined
  readonly origin: { readonly topic: string; readonly partition: number; readonly offset: string }
}

/** Of a request that is sent. */
export function sendAttributes(to: Destination | undefined): Attributes {
  return {
    'messaging.system': to?.system,
    'messaging.destination.name': to?.topic,
    'messaging.operation.type': 'send',
    'messaging.operation.name': 'send',
  }
}

/** Of a request that was received. */
export function processAttributes({ system, value, correlationId, origin }: Received): Attributes {
  const { topic, partition, offset } = origin
  return {
    'messaging.system': system,
    'messaging.destination.name': topic,
    'messaging.operation.type': 'process',
    'messaging.operation.name': 'process',
    ...(system === 'kafka' ? placeOf(partition, offset) : {}),
    'messaging.message.conversation_id': correlationId,
    'messaging.message.body.size': value.byteLength,
  }
}

function placeOf(partition: number, offset: string): Attributes {
  return {
    'messaging.destination.partition.id': String(partition),
    'messaging.kafka.offset': Number(offset),
  }
}
