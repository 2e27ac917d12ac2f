// ddnn as a process: its arguments, streams and signals. main.ts imports this once the Node is known to do.
import type { DdnnError } from '../errors.ts'
import { exitCodeOfSignal, exitCodes, type StopSignal } from './exit-code.ts'
import { execute, type Outside } from './execute.ts'
import type { Subscribe } from '../domain/subscribe.ts'
import { takeErrors } from './stdout.ts'

/** Time for the event loop to empty by itself once the work is over, milliseconds. */
const exitGraceMs = 1000

/** The first signal that asked to finish. */
let stopped: StopSignal | undefined

const outside: Outside = {
  begin({ command, shutdownTimeoutMs }) {
    const signal = listenToSignals()
    endWithParent(shutdownTimeoutMs)
    return { signal, onHangup: command === 'run' ? listenToHangups() : () => () => undefined }
  },
  stopped: () => stopped,
  endAtOnce: (code) => process.exit(code),
}

/** Sets the exit code, and ends the process soon after. */
export async function runProcess(): Promise<void> {
  let lost: DdnnError | undefined
  takeErrors(process.stdout, (failure) => (lost ??= failure))
  // Nobody is left to tell of it.
  takeErrors(process.stderr, () => undefined)
  const code = await execute(process.argv.slice(2), process.env, process, outside)
  // A write that fails says so a turn later.
  await new Promise((turn) => setImmediate(turn))
  const isLost = lost !== undefined && code === exitCodes.ok
  if (isLost) process.stderr.write(`ddnn: ${lost?.message} [${lost?.code}]\n`)
  process.exitCode = isLost ? exitCodes.failures : code
  // All is closed by now; what a library still holds (a socket in a retry) must not keep the process.
  setTimeout(() => process.exit(), exitGraceMs).unref()
}

/** The first SIGINT or SIGTERM asks to finish; the second ends the process at once. */
function listenToSignals(): AbortSignal {
  const stop = new AbortController()
  const onSignal = (name: StopSignal) => {
    if (stop.signal.aborted) process.exit(exitCodeOfSignal(name))
    stopped = name
    stop.abort(name)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return stop.signal
}

/**
 * Whoever started this process with a channel, and said so (`ddnn up`), answers for it: when that is gone this ends
 * as at SIGTERM, and by force when its requests have had their time.
 */
function endWithParent(timeoutMs = 0): void {
  const { channel } = process
  if (channel === undefined || process.env['DDNN_SUPERVISED'] === undefined) return
  process.once('disconnect', () => {
    // Nobody reads any more.
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
    process.emit('SIGTERM', 'SIGTERM')
    const code = exitCodeOfSignal('SIGTERM')
    setTimeout(() => process.exit(code), timeoutMs + exitGraceMs).unref()
  })
  channel.unref()
}

/**
 * SIGHUP, which ends other commands: a process with models reads them anew. One that comes while nobody
 * listens yet is told to who listens first.
 */
function listenToHangups(): Subscribe {
  const listeners = new Set<() => void>()
  let isMissed = false
  process.on('SIGHUP', () => {
    isMissed = listeners.size === 0
    for (const listener of listeners) listener()
  })
  return (listener) => {
    listeners.add(listener)
    if (isMissed) listener()
    isMissed = false
    return () => listeners.delete(listener)
  }
}
