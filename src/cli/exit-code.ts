// The one table of exit codes, and which end has which. execute.ts alone asks.
import { constants } from 'node:os'
import type { ErrorCode } from '../errors.ts'
import { ConfigError, type DdnnError } from '../errors.ts'
import type { CommandResult } from './command-result.ts'

export const exitCodes = {
  ok: 0, // all was done; a service (tier, gateway, `up`) that SIGTERM told to stop
  failures: 1, // ran, but not all could be done: samples failed, a training diverged, a disk is full, a fault of ours
  usage: 2, // wrong flags, files or folders, models that do not fit, no broker at start
  signal: 128, // plus the signal's number: 130 after Ctrl-C, 143 where SIGTERM cut work short, both again at a second one
} as const

export type StopSignal = 'SIGINT' | 'SIGTERM'

/** What a command came to, told to stop or not. */
export type CommandEnd =
  | { readonly result: CommandResult }
  /** Of a command that may be a service, an error at SIGTERM is no orderly end. */
  | { readonly error: DdnnError; readonly isService: boolean }

/** Errors of work that had begun, or of ours. */
const whileRunning: readonly ErrorCode[] = [
  'DDNN_INTERNAL',
  'DDNN_ENGINE_FAILED',
  'DDNN_ENGINE_VALUE',
  'DDNN_OUTPUT_FAILED',
  'DDNN_TRAINING_DIVERGED',
  'DDNN_TRAINING_STOPPED',
]

/** Of a signal that ended the work, in order or at once. */
export function exitCodeOfSignal(signal: StopSignal): number {
  return exitCodes.signal + constants.signals[signal]
}

/** @param stopped the first signal that came while the command ran */
export function exitCodeOf(end: CommandEnd, stopped: StopSignal | undefined): number {
  const { isService = false } = 'error' in end ? end : end.result
  const isStoppedService = stopped === 'SIGTERM' && isService
  if (stopped !== undefined && !isStoppedService) return exitCodeOfSignal(stopped)
  if ('error' in end) return exitCodeOfError(end.error)
  return end.result.failures === 0 ? exitCodes.ok : exitCodes.failures
}

/** What is wrong with an output is said at the start as a ConfigError: nothing ran then. */
function exitCodeOfError(error: DdnnError): number {
  const isUsage = !whileRunning.includes(error.code) || error instanceof ConfigError
  return isUsage ? exitCodes.usage : exitCodes.failures
}
