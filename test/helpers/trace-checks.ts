// What the spans of a chain must say, whoever received them: they hang together, and tell messages, exits and batches.
import assert from 'node:assert/strict'
import { madeTiers } from './made-family.ts'
import { factsOf, type SentSpan } from './span-sink.ts'

/** SpanKind of OTLP. */
const kinds = { producer: 4, consumer: 5 } as const

/** Every span but those of `roots` hangs below another of its trace, which began no later. */
export function assertJoined(spans: readonly SentSpan[], roots: readonly string[]): void {
  const byId = new Map(spans.map((span) => [span.spanId, span]))
  assert.equal(byId.size, spans.length)
  for (const span of spans) {
    const parent = byId.get(span.parentSpanId ?? '')
    if (parent === undefined) {
      assert.ok(roots.includes(span.name), `${span.name} hangs below nothing`)
      continue
    }
    assert.equal(parent.traceId, span.traceId, span.name)
    // Clocks of one machine; parts are placed one after the other, to the millisecond.
    assert.ok(ms(span.startTimeUnixNano) >= ms(parent.startTimeUnixNano) - 2, span.name)
  }
}

/** Each image was received by three tiers over Kafka, from who sent it there. */
export function assertMessages(spans: readonly SentSpan[], images: number): void {
  const received = spans.filter(({ kind }) => kind === kinds.consumer)
  assert.equal(received.length, images * 3)
  for (const span of received) {
    const facts = factsOf(span)
    assert.match(span.name, /^process from_/)
    assert.equal(facts['messaging.system'], 'kafka')
    assert.equal(facts['messaging.destination.name'], span.name.slice('process '.length))
    assert.equal(facts['messaging.operation.type'], 'process')
    assert.ok(Number(facts['messaging.message.body.size']) > 0)
    assert.match(String(facts['messaging.message.conversation_id']), /^.+:\d+$/)
    assert.match(String(facts['messaging.kafka.offset']), /^\d+$/)
    const parent = spans.find(({ spanId }) => spanId === span.parentSpanId)
    assert.equal(parent?.kind, kinds.producer)
    assert.equal(parent.name, span.name.replace('process', 'send'))
  }
}

/** Each tier's submodel tells its exit, how sure it was, and with how many others it ran. */
export function assertPasses(spans: readonly SentSpan[], images: number): void {
  for (const [i, name] of madeTiers.entries()) {
    const passes = spans.filter((span) => span.name === `submodel ${name}`)
    assert.equal(passes.length, images)
    for (const pass of passes) {
      const facts = factsOf(pass)
      assert.equal(Number(facts['ddnn.exit']), i)
      assert.ok(Number(facts['ddnn.confidence']) > 0)
      assert.ok(Number(facts['ddnn.batch_size']) >= 1)
    }
  }
}

const ms = (nanoseconds: string) => Number(BigInt(nanoseconds) / 1_000_000n)
