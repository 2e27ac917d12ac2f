// The log of a command that is no tier: its lines bear no tier's name.
import { createLog, type LogFormat, type Logger, type LogLevel } from '../telemetry/log.ts'
import type { FlagValues } from './flag-values.ts'

/** Reads --log-level and --log-format. */
export function createCommandLog(values: FlagValues): Logger {
  return createLog({
    level: values.string('log-level') as LogLevel,
    format: values.string('log-format') as LogFormat,
    name: undefined,
  })
}
