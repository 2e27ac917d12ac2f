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
  const down = (expected: string, got: string, hint = '') => {
    if (!isDown) {
      log.warn(
        `Expected ${collector} ${expected}, got ${got}: traces are dropped, answers go on${hint}`,
      )
    }
    isDown = true
  }
  return {
    ended(error) {
      if (error !== undefined) return down('to take spans', reasonOf(error), hintOf(error))
      if (isDown) log.info(`${collector} takes spans again`)
      isDown = false
    },
    cutOff: () => down('to take the last spans before the end', 'no answer', askedPort),
  }
}

const askedPort = '. What is asked is OTLP over HTTP, mostly port 4318'

function hintOf(error: Error): string {
  const code = 'code' in error ? error.code : undefined
  if (code === 401 || code === 403) return '. OTEL_EXPORTER_OTLP_HEADERS takes its token'
  return typeof code === 'number' && code !== 404 ? '' : askedPort
}

/** Of connections a code of the system, of answers their status. */
function reasonOf(error: Error): string {
  const code = 'code' in error ? error.code : undefined
  if (typeof code === 'number') return `status ${code}`
  return typeof code === 'string' ? code : error.message || error.name
}
