// One download of a data set into a folder at a time.
import { join } from 'node:path'
import { lock } from 'proper-lockfile'
import { ConfigError } from '../../errors.ts'
import { outputFailed } from './output.ts'

/** A download that was killed holds its lock for this long; another waits that much for it. */
const staleMs = 5000

/** @returns what gives it free. @throws DDNN_OUTPUT_BUSY, DDNN_OUTPUT_FAILED */
export async function lockOutput(output: string, name: string): Promise<() => Promise<void>> {
  try {
    const unlock = await lock(output, {
      lockfilePath: join(output, `.download-${name}.lock`),
      stale: staleMs,
      update: staleMs / 4,
      retries: { retries: 12, factor: 1, minTimeout: 500, maxTimeout: 500 },
      // A process that slept may find another at its work: the checksum tells if that did harm.
      onCompromised: () => undefined,
    })
    return () => unlock().catch(() => undefined)
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== 'ELOCKED') throw outputFailed(output, cause)
    throw new ConfigError(
      'DDNN_OUTPUT_BUSY',
      `Expected to be the only download of ${name} to '${output}', got another at work`,
      { hint: 'Wait for it, or pass --output (-o) with another folder', cause },
    )
  }
}
