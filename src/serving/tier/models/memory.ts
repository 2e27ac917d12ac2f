// Whether there is memory for models beside those that are served. An estimate before anything is loaded:
// where it is short, a process that loads all the same is killed, and with it what it serves.
import { freemem, totalmem } from 'node:os'
import { ModelError } from '../../../errors.ts'

const mebi = 1 << 20

/** A worker with its runtime, before it has models. */
const workerBytes = 64 * mebi
/** The file, the weights that the runtime makes of it, and its working memory. */
const timesWeights = 3

/** Memory that loading may take, as a rule of thumb: `weightBytes` is what the files have. */
export function neededBytes(weightBytes: number, workers: number): number {
  return workers * (workerBytes + timesWeights * weightBytes)
}

/**
 * What this process may still take; undefined where the system's own number is no help (macOS and Windows
 * call memory taken that they give back at once).
 */
export function freeBytes(): number | undefined {
  if (process.platform !== 'linux') return undefined
  const limit = process.constrainedMemory()
  // Without a container's limit some systems give 0, others a number above the machine's.
  if (limit === 0 || limit > totalmem()) return freemem()
  return Math.min(freemem(), Math.max(0, limit - process.memoryUsage.rss()))
}

/** @throws DDNN_ENGINE_UNAVAILABLE, retriable, where less is free than is needed. */
export function checkMemory(needed: number, free = freeBytes()): void {
  if (free === undefined || free >= needed) return
  throw new ModelError(
    'DDNN_ENGINE_UNAVAILABLE',
    `Expected ${inMebi(needed)} MiB of memory for models beside those that are served, got ${inMebi(free)} MiB`,
    {
      retriable: true,
      hint: 'Restart the process, which then loads the new models alone, or give it more memory',
    },
  )
}

function inMebi(bytes: number): number {
  return Math.round(bytes / mebi)
}
