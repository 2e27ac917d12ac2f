// What cannot be written, in words that say what to do.
import { DdnnError } from '../../errors.ts'
import { reasonOf } from '../../files/unwritable.ts'

/** DDNN_OUTPUT_FAILED of a file system's refusal; an error of ours stays what it is. */
export function outputFailed(path: string, cause: unknown): DdnnError {
  if (cause instanceof DdnnError) return cause
  const code = (cause as { code?: unknown } | null)?.code
  const isFull = code === 'ENOSPC' || code === 'EDQUOT'
  const got = reasonOf(cause)
  return new DdnnError('DDNN_OUTPUT_FAILED', `Expected to write '${path}', got ${got}`, {
    hint: isFull
      ? 'Free some space and run the same command again: it goes on from what was kept'
      : 'Pass --output (-o) with a folder that you may write to',
    cause,
  })
}
