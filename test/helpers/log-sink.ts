// A log that keeps its lines, for tests that count them.
import { pino, type Logger } from 'pino'

export interface LogLine {
  readonly level: number
  readonly msg: string
}

/** A logger at `level` and what it wrote. */
export function createLogSink(level = 'info'): { readonly log: Logger; readonly lines: LogLine[] } {
  const lines: LogLine[] = []
  const log = pino(
    { level },
    { write: (line: string) => void lines.push(JSON.parse(line) as LogLine) },
  )
  return { log, lines }
}
