// Traces where they are asked for, by a flag or by OpenTelemetry's own variables.
import { shownUrl } from '../../domain/shown-url.ts'
import { ConfigError } from '../../errors.ts'
import type { Logger } from '../log.ts'
import { readBatchSettings } from './batch-settings.ts'
import { createCollectorLog } from './collector-log.ts'
import { noTracing, type Tracing } from './tracing.ts'

export interface TracingConfig {
  /** Address of a collector, http(s)://host:port; `/v1/traces` is added where it has no path. */
  readonly endpoint: string | undefined
  /** Share of the traces that begin here, 0 to 1. */
  readonly ratio: number
}

/** Variables by which OpenTelemetry names a collector. */
const variables = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'] as const

/** What a process is called in its traces, and where it tells of its collector. */
interface TracedProcess {
  readonly name: string
  readonly version: string
  readonly log: Logger
}

/**
 * Records nothing, and loads nothing, where no collector is named or OTEL_SDK_DISABLED is `true`.
 * @throws DDNN_CONFIG_INVALID where a variable names no address, which OpenTelemetry would pass over.
 * Rejects as any import does where OpenTelemetry is not installed: incomplete-install.ts has the words for that.
 */
export async function loadTracing(
  { endpoint, ratio }: TracingConfig,
  { log, ...process }: TracedProcess,
  env: NodeJS.ProcessEnv,
): Promise<Tracing> {
  const variable = variables.find((name) => (env[name] ?? '') !== '')
  const named = endpoint ?? (variable === undefined ? undefined : env[variable])
  if (named === undefined || env['OTEL_SDK_DISABLED'] === 'true') return noTracing
  if (endpoint === undefined && variable !== undefined) assertAddress(variable, named)
  const url = endpoint === undefined ? undefined : tracesUrl(endpoint)
  const collector = createCollectorLog(log, named)
  const { createOtlpTracing } = await import('./otlp.ts')
  return createOtlpTracing({ ...process, url, ratio, batches: readBatchSettings(env), collector })
}

function assertAddress(variable: string, text: string): void {
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected ${variable} to be http://host:port or https://host:port, got '${shownUrl(text)}'`,
    { hint: 'Set it to where OTLP over HTTP is taken, mostly port 4318, or unset it' },
  )
}

function tracesUrl(endpoint: string): string {
  const url = new URL(endpoint)
  if (url.pathname === '/') url.pathname = '/v1/traces'
  return url.href
}
