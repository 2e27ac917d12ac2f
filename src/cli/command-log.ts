// The log of a command that is no tier: its lines bear no tier's name.
import { createLog, type Logger } from '../telemetry/log.ts'
import type { FlagReader } from './flag-types.ts'

/** Reads --log-level and --log-format. */
export function createCommandLog(values: FlagReader<'log-level' | 'log-format'>): Logger {
  return createLog({
    level: values.string('log-level'),
    format: values.string('log-format'),
    name: undefined,
  })
}
