// The machine that figures were measured on.
import { cpus, totalmem } from 'node:os'

export interface Machine {
  /** Model name of its processor. */
  readonly cpu: string
  /** Logical processors. */
  readonly cores: number
  /** GiB. */
  readonly memoryGiB: number
  /** 'linux x64'. */
  readonly platform: string
  /** 'v20.20.0'. */
  readonly node: string
}

export function describeMachine(): Machine {
  const processors = cpus()
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
  }
}
