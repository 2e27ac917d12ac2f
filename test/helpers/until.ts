// Waits for something that another process or a broker brings about.
import { setTimeout } from 'node:timers/promises'

/** Resolves when `isSo`; rejects, saying what was waited for, when that takes too long. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  timeoutMs = 20_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`Expected ${what} within ${timeoutMs} ms`)
    await setTimeout(10)
  }
}
