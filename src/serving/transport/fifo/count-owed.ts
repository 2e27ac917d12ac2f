// How many replies the front still owes, counted until the brokers tell.
import type { Logger } from '../../../telemetry/log.ts'
import { toDdnnError } from '../../../errors.ts'
import { createBackoff } from '../backoff.ts'
import type { FrontLink } from '../transport.ts'

interface CountOptions {
  readonly topic: string
  /** Whether an error that does not heal by itself ends it. */
  readonly throwsRefusals: boolean
  readonly log: Logger
  /** Gives up, with what was thrown last. */
  readonly signal: AbortSignal
}

/**
 * `FrontLink.countOwed`, tried until it tells.
 * @throws the link's own error when the signal aborts, or one that is not retriable where those end it.
 */
export async function countOwed(link: FrontLink, options: CountOptions): Promise<number> {
  const { topic, throwsRefusals, log, signal } = options
  const backoff = createBackoff()
  let isTold = false
  for (;;) {
    try {
      signal.throwIfAborted()
      return await link.countOwed()
    } catch (thrown) {
      const error = toDdnnError(thrown)
      if (signal.aborted || (throwsRefusals && !error.retriable)) throw thrown
      if (!isTold) log.warn({ topic, err: error }, 'owed replies cannot be counted: trying again')
      isTold = true
      await backoff.wait(signal)
    }
  }
}
