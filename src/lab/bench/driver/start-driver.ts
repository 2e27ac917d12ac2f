// Starts the process that asks, from the bench: forks driver/main.ts and opens a client in it.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { DdnnError, toDdnnError, type ErrorCode } from '../../../errors.ts'
import type { Part, Setting } from '../contestant.ts'
import type { Load, LoadRun } from '../load/load.ts'
import { trackChild } from '../processes.ts'
import type { Task, Told } from './messages.ts'

export interface DriverOptions {
  /** Path of the module that exports `openClient` (client.ts). */
  readonly module: string
  readonly settings: unknown
  readonly setting: Setting
}

export interface Driver {
  readonly pid: number
  run(load: Load): Promise<LoadRun>
  read(): Promise<{ readonly bytes: number; readonly parts: readonly Part[] }>
  stop(): Promise<void>
}

/** @throws what the client throws while it opens; DDNN_INTERNAL when the process ends by itself. */
export async function startDriver(options: DriverOptions): Promise<Driver> {
  const { module, settings, setting } = options
  const main = fileURLToPath(new URL('./main.js', import.meta.url))
  const child = trackChild(
    fork(main, [], {
      execArgv: [],
      // Infinity and undefined cross as they are.
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    }),
  )
  let waiting: { resolve: (told: Told) => void; reject: (error: Error) => void } | undefined
  child.on('message', (told: Told) => waiting?.resolve(told))
  child.on('exit', (code, signal) =>
    waiting?.reject(
      new DdnnError('DDNN_INTERNAL', `the process that asks ended with ${code ?? signal}`),
    ),
  )
  const tell = async <K extends Told['kind']>(task: Task, kind: K) => {
    const told = await new Promise<Told>((resolve, reject) => {
      waiting = { resolve, reject }
      if (child.exitCode !== null || child.signalCode !== null) reject(toDdnnError('it has ended'))
      else child.send(task)
    })
    if (told.kind === 'failed') {
      const { message, code, hint } = told
      throw new DdnnError(code as ErrorCode, message, hint === undefined ? {} : { hint })
    }
    if (told.kind !== kind) throw new DdnnError('DDNN_INTERNAL', `${told.kind} in place of ${kind}`)
    return told as Extract<Told, { kind: K }>
  }
  const stop = async () => {
    waiting = undefined
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    if (child.connected) child.disconnect()
    await ended
  }
  try {
    const { form, inputs } = setting
    await tell(
      {
        kind: 'open',
        module,
        settings,
        form,
        shape: inputs.shape,
        pixelsFile: inputs.pixelsFile,
        files: inputs.images.map(({ file }) => file),
      },
      'opened',
    )
    return {
      pid: child.pid as number,
      run: async (load) => (await tell({ kind: 'run', load }, 'ran')).run,
      read: async () => {
        const { bytes, parts } = await tell({ kind: 'read' }, 'counted')
        return { bytes, parts }
      },
      stop: async () => {
        await tell({ kind: 'close' }, 'closed').catch(() => undefined)
        await stop()
      },
    }
  } catch (thrown) {
    await stop()
    throw thrown
  }
}
