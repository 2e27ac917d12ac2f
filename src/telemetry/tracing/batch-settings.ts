// How spans are batched, by OpenTelemetry's own variables, which its SDK leaves to who uses it:
// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#batch-span-processor

/** Undefined is OpenTelemetry's own default. */
export interface BatchSettings {
  readonly scheduledDelayMillis?: number
  readonly exportTimeoutMillis?: number
  readonly maxQueueSize?: number
  readonly maxExportBatchSize?: number
}

const variables = {
  scheduledDelayMillis: 'OTEL_BSP_SCHEDULE_DELAY',
  exportTimeoutMillis: 'OTEL_BSP_EXPORT_TIMEOUT',
  maxQueueSize: 'OTEL_BSP_MAX_QUEUE_SIZE',
  maxExportBatchSize: 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
} as const

/** What is no positive whole number counts as not set, as OpenTelemetry has it. */
export function readBatchSettings(env: NodeJS.ProcessEnv): BatchSettings {
  const read = Object.entries(variables).map(([key, name]) => [key, Number(env[name])] as const)
  return Object.fromEntries(read.filter(([, value]) => Number.isInteger(value) && value > 0))
}
