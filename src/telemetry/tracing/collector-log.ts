// What a process says of its collector: that it takes no spans, once, and that it does again. Nothing else stops or slows
// for it.
import { shownUrl } from '../../domain/shown-url.ts'
import type { Logger } from '../log.ts'

export interface CollectorLog {
  /** A batch of spans was sent; with what it failed, where it did. */
  ended(error?: Error): void
  /** The process ends before the last spans are sent. */
  cutOff(): void
}

/** `url` is where spans are sent to; told without user and password. */
export function createCollectorLog(log: Pick<Logger, 'warn' | 'info'>, url: string): CollectorLog {
  const collector = `a collector at ${shownUrl(url)}`
  let isDown = false
  const down = (expected: string, got: string) => {
    if (!isDown) {
      log.warn(
        `Expected ${collector} ${expected}, got ${got}: traces are dropped, answers go on. It is the port of OTLP over HTTP that is asked for, mostly 4318`,
      )
    }
    isDown = true
  }
  return {
    ended(error) {
      if (error !== undefined) return down('to take spans', reasonOf(error))
      if (isDown) log.info(`${collector} takes spans again`)
      isDown = false
    },
    cutOff: () => down('to take the last spans before the end', 'no answer'),
  }
}

/** Of connections a code of the system, of answers their status. */
function reasonOf(error: Error): string {
  const code = 'code' in error ? error.code : undefined
  if (typeof code === 'number') return `status ${code}`
  return typeof code === 'string' ? code : error.message || error.name
}
