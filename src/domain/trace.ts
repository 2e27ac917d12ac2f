// W3C trace context, as it travels with a request: https://www.w3.org/TR/trace-context/

export interface Trace {
  /** `00-TRACE-SPAN-FLAGS`, hexadecimal: 2, 32, 16 and 2 digits. */
  readonly traceparent: string
}

const form = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/

/** What a stranger's header says; undefined where it is none, or not in the form of version 00. */
export function readTrace(traceparent: string | undefined): Trace | undefined {
  return traceparent !== undefined && form.test(traceparent) ? { traceparent } : undefined
}

/** The parts of a trace context; undefined where there is none. */
export function partsOfTrace(
  trace: Trace | undefined,
): { readonly traceId: string; readonly spanId: string; readonly flags: number } | undefined {
  const [, traceId, spanId, flags] = form.exec(trace?.traceparent ?? '') ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined
  return { traceId, spanId, flags: Number.parseInt(flags, 16) }
}
