// A process of the bare chain as the bench sees it: forked, asked for its counters, ended.
import { fork } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DdnnError } from '../../../errors.ts'
import type { HopReading, HopSettings } from '../bare/hop.ts'
import { trackChild } from '../processes.ts'

export interface HopProcess {
  readonly pid: number
  /** Rejects when the process ends by itself; never resolves. */
  readonly died: Promise<never>
  read(): Promise<HopReading>
  stop(): Promise<void>
}

const file = fileURLToPath(new URL(`../bare/hop${extname(import.meta.url)}`, import.meta.url))

/** Resolves when it takes requests. @throws DDNN_INTERNAL when it ends before. */
export async function startHop(settings: HopSettings): Promise<HopProcess> {
  const child = trackChild(
    fork(file, [JSON.stringify(settings)], {
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    }),
  )
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const died = ended.then((): never => {
    const { name } = settings.stage
    throw new DdnnError('DDNN_INTERNAL', `the bare chain's process ${name} ended by itself`)
  })
  died.catch(() => undefined)
  const told = <T>() => {
    const message = new Promise<T>((resolve) => child.once('message', (got) => resolve(got as T)))
    return Promise.race([message, died])
  }
  await told<'ready'>()
  return {
    pid: child.pid as number,
    died,
    read: () => {
      const reading = told<HopReading>()
      child.send('read')
      return reading
    },
    stop: async () => {
      if (child.connected) child.disconnect()
      await ended
    },
  }
}
