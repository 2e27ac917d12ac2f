// What this process may use of its machine: a container's limits are not what the host shows.
import { readFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { readCoreQuota } from '../../serving/engine/host/cores.ts'

interface MachineLimits {
  /** Logical processors that are seen. */
  readonly cores: number
  /** Processors' worth of time that the container may take; undefined where it is not limited. */
  readonly coreQuota: number | undefined
  /** Bytes of the container's limit, else of the machine. */
  readonly memoryBytes: number
  /** Bytes left below the container's limit; undefined where there is none. */
  readonly freeBytes: number | undefined
}

export function readLimits(): MachineLimits {
  const limit = process.constrainedMemory()
  const isLimited = limit > 0 && limit < totalmem()
  return {
    cores: availableParallelism(),
    coreQuota: readCoreQuota(),
    memoryBytes: isLimited ? limit : totalmem(),
    freeBytes: isLimited ? readFree(limit) : undefined,
  }
}

/** What the kernel caches of files counts as used, and is given back when it is needed. */
function readFree(limit: number): number | undefined {
  const used = readText('/sys/fs/cgroup/memory.current')
  if (used === undefined) return undefined
  const cached = /^file (\d+)$/m.exec(readText('/sys/fs/cgroup/memory.stat') ?? '')?.[1]
  return Math.max(0, limit - Number(used) + Number(cached ?? 0))
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
