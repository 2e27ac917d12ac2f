// How many processors this process may use: a container's limit is not what the host shows.
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** Processors' worth of time that the container may take; undefined where it is not limited. */
export function readCoreQuota(): number | undefined {
  // cgroup v2: 'max 100000' or '50000 100000'.
  const [quota, period] = (readText('/sys/fs/cgroup/cpu.max') ?? '').split(/\s+/).map(Number)
  return quota === undefined || period === undefined || Number.isNaN(quota) || period === 0
    ? undefined
    : quota / period
}

/** Threads that can compute at once, at least 1. */
export function usableCores(): number {
  return Math.max(1, Math.floor(Math.min(availableParallelism(), readCoreQuota() ?? Infinity)))
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
