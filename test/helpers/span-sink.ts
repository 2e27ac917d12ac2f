// Takes what OTLP over HTTP sends as JSON, and what tests ask of the spans in it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Value {
  readonly stringValue?: string
  readonly intValue?: number | string
  readonly doubleValue?: number
  readonly boolValue?: boolean
}

interface Attribute {
  readonly key: string
  readonly value: Value
}

export interface SentSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  /** Left out by a collector where there are none. */
  readonly attributes?: readonly Attribute[]
  /** Of its resource. */
  readonly process: Readonly<Record<string, unknown>>
}

export interface SpanSink {
  readonly url: string
  spans(): readonly SentSpan[]
  close(): void
}

/** On a port of its own. */
export async function startSpanSink(): Promise<SpanSink> {
  const received: SentSpan[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    request.on('end', () => {
      assert.equal(request.url, '/v1/traces')
      received.push(...spansOf(text))
      response.setHeader('content-type', 'application/json').end('{}')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    spans: () => received,
    close: () => server.close(),
  }
}

export function factsOf({
  attributes = [],
}: {
  readonly attributes?: readonly Attribute[]
}): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? value.intValue ?? value.doubleValue ?? value.boolValue,
    ]),
  )
}

/** The traces among spans, by their ids. */
export function tracesOf(spans: readonly SentSpan[]): ReadonlyMap<string, readonly SentSpan[]> {
  const traces = new Map<string, SentSpan[]>()
  for (const span of spans) {
    const known = traces.get(span.traceId)
    if (known === undefined) traces.set(span.traceId, [span])
    else known.push(span)
  }
  return traces
}

/** Names of the processes that told of these spans, sorted. */
export function servicesOf(spans: readonly SentSpan[]): readonly string[] {
  return [...new Set(spans.map(({ process }) => String(process['service.name'])))].sort()
}

function spansOf(text: string): readonly SentSpan[] {
  const { resourceSpans } = JSON.parse(text) as {
    readonly resourceSpans: readonly {
      readonly resource: { readonly attributes: readonly Attribute[] }
      readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[]
    }[]
  }
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const process = factsOf(resource)
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...span, process })))
  })
}
