// The seam of traces: what a request path says of itself. Where nobody records, a span only hands on the trace context
// that came with the request. OpenTelemetry stands behind it (otlp.ts), loaded where it is asked for.
import type { Trace } from '../../domain/trace.ts'

/** By OpenTelemetry's semantic conventions where there is one, else `ddnn.*`; undefined values are left out. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>

/** Asked only where a span is recorded: what it costs to say is paid there alone. */
export type Describe = () => Attributes

export type SpanKind = 'client' | 'server' | 'producer' | 'consumer' | 'internal'

/** Something that takes time. To be ended once. */
export interface Span {
  /** What is to go along with what is asked on its behalf. */
  readonly trace: Trace | undefined
  child(name: string, kind: SpanKind, describe?: Describe): Span
  /** A part that is over: times are of `performance.now()`. */
  measured(name: string, startedAt: number, endedAt: number, describe?: Describe): void
  add(describe: Describe): void
  /** `failure` in words, where it failed. */
  end(failure?: string): void
}

export interface Tracing {
  /** Begins a span, of the trace that came with a request, or of a new one. */
  begin(name: string, kind: SpanKind, parent: Trace | undefined, describe?: Describe): Span
  /** Sends what is not sent yet, for as long as that may take. */
  close(): Promise<void>
}

/** Records nothing, and hands on what came. */
export function passingSpan(trace: Trace | undefined): Span {
  return new PassingSpan(trace)
}

class PassingSpan implements Span {
  readonly trace: Trace | undefined

  constructor(trace: Trace | undefined) {
    this.trace = trace
  }

  child(): Span {
    return this
  }

  measured(): void {}

  add(): void {}

  end(): void {}
}

export const noTracing: Tracing = {
  begin: (_name, _kind, parent) => passingSpan(parent),
  close: () => Promise.resolve(),
}
