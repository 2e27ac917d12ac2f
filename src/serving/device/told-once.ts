// What something waits for, in words: said once, and again when it is another thing.
import type { Logger } from '../../telemetry/log.ts'

export interface ToldWait {
  /** What was told last; undefined before that. */
  readonly reason: string | undefined
  tell(reason: string): void
  /** Says that it is over, where a wait was told. */
  over(words: string): void
}

export function createToldWait(log: Logger): ToldWait {
  let told: string | undefined
  return {
    get reason() {
      return told
    },
    tell(reason) {
      if (reason !== told) log.warn(`waiting: ${reason}`)
      told = reason
    },
    over(words) {
      if (told !== undefined) log.info(words)
      told = undefined
    },
  }
}
