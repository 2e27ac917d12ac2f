// Traces by OpenTelemetry, sent over OTLP and HTTP. The one file that imports it; load-tracing.ts loads it.
import {
  ROOT_CONTEXT,
  SpanKind as Kind,
  SpanStatusCode,
  TraceFlags,
  trace as traces,
  type Context,
  type Span as OtelSpan,
  type Tracer,
} from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type SpanExporter,
} from '@opentelemetry/sdk-trace'
import { settledWithin } from '../../domain/settled.ts'
import { partsOfTrace, type Trace } from '../../domain/trace.ts'
import type { BatchSettings } from './batch-settings.ts'
import type { CollectorLog } from './collector-log.ts'
import { passingSpan, type Describe, type Span, type SpanKind, type Tracing } from './tracing.ts'

export interface OtlpOptions {
  /** Of this process, as `service.name`. */
  readonly name: string
  readonly version: string
  /** Where spans are sent to; as OTEL_EXPORTER_OTLP_* says where undefined. */
  readonly url: string | undefined
  /** Share of the traces that begin here which are recorded, 0 to 1; others are as whoever began them decided. */
  readonly ratio: number
  readonly batches: BatchSettings
  /** Told how sending goes. */
  readonly collector: CollectorLog
}

const kinds = {
  client: Kind.CLIENT,
  server: Kind.SERVER,
  producer: Kind.PRODUCER,
  consumer: Kind.CONSUMER,
  internal: Kind.INTERNAL,
} as const

/** How long the last spans may take to be sent, milliseconds. */
const closeMs = 3000

/** Spans are sent in batches, in the background; what cannot be sent is dropped. */
export function createOtlpTracing(options: OtlpOptions): Tracing {
  const { name, version, url, ratio, batches, collector } = options
  const own = resourceFromAttributes({
    'service.name': name,
    'service.namespace': 'ddnn',
    'service.version': version,
    'service.instance.id': `${name}-${process.pid}`,
  })
  const exporter = telling(new OTLPTraceExporter(url === undefined ? {} : { url }), collector)
  const provider = new TracerProvider({
    // What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say goes last.
    resource: defaultResource()
      .merge(own)
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [new BatchSpanProcessor({ ...batches, exporter })],
  })
  const tracer = provider.getTracer('ddnn', version)
  return {
    begin(spanName, kind, parent, describe) {
      const parts = partsOfTrace(parent)
      // Whoever began it decided against it: nothing of it is recorded anywhere.
      if (parts !== undefined && !isSampled(parts.flags)) return passingSpan(parent)
      return new RecordedSpan(tracer, contextOf(parts), spanName, kind, describe)
    },
    async close() {
      const closed = provider.shutdown().then(() => true)
      if ((await settledWithin(closed, closeMs)) === undefined) collector.cutOff()
    },
  }
}

function telling(exporter: SpanExporter, collector: CollectorLog): SpanExporter {
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        collector.ended(result.error)
        done(result)
      })
    },
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  }
}

class RecordedSpan implements Span {
  readonly #tracer: Tracer
  readonly #span: OtelSpan
  readonly #context: Context

  constructor(
    tracer: Tracer,
    parent: Context,
    name: string,
    kind: SpanKind,
    describe?: Describe,
    startedAt?: number,
  ) {
    this.#tracer = tracer
    this.#span = tracer.startSpan(
      name,
      { kind: kinds[kind], ...(startedAt === undefined ? {} : { startTime: startedAt }) },
      parent,
    )
    this.#context = traces.setSpan(parent, this.#span)
    if (describe !== undefined) this.add(describe)
  }

  get trace(): Trace {
    const { traceId, spanId, traceFlags } = this.#span.spanContext()
    const flags = traceFlags.toString(16).padStart(2, '0')
    return { traceparent: `00-${traceId}-${spanId}-${flags}` }
  }

  child(name: string, kind: SpanKind, describe?: Describe): Span {
    if (!this.#span.isRecording()) return passingSpan(this.trace)
    return new RecordedSpan(this.#tracer, this.#context, name, kind, describe)
  }

  measured(name: string, startedAt: number, endedAt: number, describe?: Describe): void {
    if (!this.#span.isRecording()) return
    const [from, to] = [startedAt, endedAt].map((at) => performance.timeOrigin + at)
    const part = new RecordedSpan(this.#tracer, this.#context, name, 'internal', describe, from)
    part.#span.end(to)
  }

  add(describe: Describe): void {
    if (this.#span.isRecording()) this.#span.setAttributes(describe())
  }

  end(failure?: string): void {
    if (failure !== undefined) {
      this.#span.setStatus({ code: SpanStatusCode.ERROR, message: failure })
    }
    this.#span.end()
  }
}

const isSampled = (flags: number) => (flags & TraceFlags.SAMPLED) !== 0

function contextOf(parts: ReturnType<typeof partsOfTrace>): Context {
  if (parts === undefined) return ROOT_CONTEXT
  const { traceId, spanId } = parts
  const traceFlags = TraceFlags.SAMPLED
  return traces.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true })
}
