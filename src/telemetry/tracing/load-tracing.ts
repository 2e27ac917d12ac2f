// Traces where they are asked for, by a flag or by OpenTelemetry's own variables.
import { noTracing, type Tracing } from './tracing.ts'

export interface TracingConfig {
  /** Address of a collector, http(s)://host:port; `/v1/traces` is added where it has no path. */
  readonly endpoint: string | undefined
  /** Share of the traces that begin here, 0 to 1. */
  readonly ratio: number
}

/** Variables by which OpenTelemetry names a collector. */
const variables = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'] as const

/**
 * Records nothing, and loads nothing, where no collector is named or OTEL_SDK_DISABLED is `true`.
 * Rejects as any import does where OpenTelemetry is not installed: incomplete-install.ts has the words for that.
 */
export async function loadTracing(
  { endpoint, ratio }: TracingConfig,
  process: { readonly name: string; readonly version: string },
  env: NodeJS.ProcessEnv,
): Promise<Tracing> {
  const isNamed = endpoint !== undefined || variables.some((name) => (env[name] ?? '') !== '')
  if (!isNamed || env['OTEL_SDK_DISABLED'] === 'true') return noTracing
  const url = endpoint === undefined ? undefined : tracesUrl(endpoint)
  const { createOtlpTracing } = await import('./otlp.ts')
  return createOtlpTracing({ ...process, url, ratio })
}

function tracesUrl(endpoint: string): string {
  const url = new URL(endpoint)
  if (url.pathname === '/') url.pathname = '/v1/traces'
  return url.href
}
