// The log of a process: pino, JSON lines on stderr (stdout is for what a user asked for), or a
// readable form on a terminal. Normal operation logs only changes of state.
import { pino, type Logger } from 'pino'
import type { PinoPretty } from 'pino-pretty'
import { createRequire } from 'node:module'
import { writeAbove } from './above.ts'
import { visibleLine } from './visible-line.ts'
import { visibleText } from '../domain/visible.ts'

export type { Logger } from 'pino'

export const logLevels = ['silent', 'error', 'warn', 'info', 'debug', 'trace'] as const
export type LogLevel = (typeof logLevels)[number]

export const logFormats = ['auto', 'json', 'pretty'] as const
export type LogFormat = (typeof logFormats)[number]

interface LogOptions {
  readonly level: LogLevel
  /** `auto` is pretty on a terminal, JSON elsewhere. */
  readonly format: LogFormat
  /** The tier's name, on every line. */
  readonly name: string | undefined
}

/** A logger to stderr. The pretty form is written synchronously so that no line is lost at exit. */
export function createLog(options: LogOptions): Logger {
  const base = options.name === undefined ? {} : { tier: options.name }
  const settings = { level: options.level, base, timestamp: pino.stdTimeFunctions.isoTime }
  const isPretty =
    options.format === 'pretty' || (options.format === 'auto' && process.stderr.isTTY === true)
  if (!isPretty) return pino(settings, visible(pino.destination({ fd: 2, sync: true })))
  const require = createRequire(import.meta.url)
  const pretty = require('pino-pretty') as typeof PinoPretty
  return pino(
    settings,
    visible(pretty({ destination: 2, sync: true, ignore: 'tier', messageFormat: '{tier} {msg}' })),
  )
}

/** Text of other processes in a line must not steer the terminal that shows it. */
function visible(destination: { write(line: string): unknown }): { write(line: string): void } {
  return { write: (line) => writeAbove(() => destination.write(visibleLine(line))) }
}

/** A logger that says nothing, for tests and library use. */
export function createSilentLog(): Logger {
  return pino({ level: 'silent' })
}

/** A logger that hands each warning and error to `onWarning`, and drops the rest. */
export function createWarningLog(onWarning: (message: string) => void): Logger {
  return pino(
    { level: 'warn', base: {}, timestamp: false },
    { write: (line: string) => onWarning(visibleText((JSON.parse(line) as { msg: string }).msg)) },
  )
}
