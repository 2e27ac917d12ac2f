// What a tier says of a front that answers what it cannot use: once a kind, since each request of a busy
// tier would repeat it. `ddnn_fallbacks_total` counts them all.
import type { DdnnError, ErrorCode } from '../../errors.ts'
import type { Logger } from '../../telemetry/log.ts'

/** These do not heal by themselves: what is deployed does not fit. A silent front the breaker tells of. */
const misfits: readonly ErrorCode[] = [
  'DDNN_FRAME_VERSION',
  'DDNN_MODEL_MISMATCH',
  'DDNN_LABELS_MISMATCH',
  'DDNN_REPLY_FAILED',
  'DDNN_ENGINE_VALUE',
]

/** Logs the first error of each code that asks for someone to look at what is deployed. */
export function createMisfitLog(log: Logger): (error: DdnnError) => void {
  const told = new Set<ErrorCode>()
  return ({ code, message, hint }) => {
    if (!misfits.includes(code) || told.has(code)) return
    told.add(code)
    log.warn({ code, hint }, `no answer of the front, answering here: ${message}`)
  }
}
