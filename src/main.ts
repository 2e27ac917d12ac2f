#!/usr/bin/env node
// The one entry: `node dist/main.js [command] [flags]`. Signals and exit codes live here alone.
import { constants } from 'node:os'
import { toDdnnError, type DdnnError } from './errors.ts'
import type { CommandResult } from './cli/command-result.ts'
import { readVersion } from './cli/version.ts'
import type { Subscribe } from './domain/subscribe.ts'
import { visibleLines } from './domain/visible.ts'
import { commandOf, createParser, parseCommandLine, type CommandLine } from './cli/parse.ts'

const exitCodes = {
  ok: 0, // all answered; a tier that was told to stop
  failures: 1, // ran, but some samples failed, or a fault of ours
  usage: 2, // wrong flags, files or folders, models that do not fit, no broker at start
  signal: 128, // plus the signal's number, when a second one came
} as const

/** Time for the event loop to empty by itself once the work is over, milliseconds. */
const exitGraceMs = 1000

async function main(argv: readonly string[]): Promise<number> {
  const command = commandOf(argv)
  if (argv[0] === 'completion' || argv.includes('--get-yargs-completions')) {
    await createParser(command, argv, 'complete').parseAsync()
    return exitCodes.ok
  }
  const flags = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
  if (flags.includes('--help') || flags.includes('-h')) {
    process.stdout.write(`${await createParser(command).getHelp()}\n`)
    return exitCodes.ok
  }
  if (flags.includes('--version')) {
    process.stdout.write(`${readVersion()}\n`)
    return exitCodes.ok
  }
  const line = parseCommandLine(argv, process.env)
  const signal = listenToSignals()
  endWithParent(line)
  const result = await runCommand(line, signal)
  return result.failures === 0 ? exitCodes.ok : exitCodes.failures
}

/** Sub-commands are imported only when asked for: a tier never loads what trains. */
async function runCommand(line: CommandLine, signal: AbortSignal): Promise<CommandResult> {
  switch (line.command) {
    case 'run':
      return (await import('./cli/run.ts')).run(line, signal, listenToHangups())
    case 'demo':
      return (await import('./cli/demo.ts')).demo(line, signal)
    case 'classify':
      return (await import('./cli/classify.ts')).classify(line, signal)
    case 'up':
      return (await import('./cli/up.ts')).up(line, signal)
    case 'init':
      return (await import('./cli/init.ts')).init(line)
    case 'manifests':
      return (await import('./cli/manifests.ts')).manifests(line)
    case 'train':
      return (await import('./cli/train.ts')).train(line, signal)
    case 'results':
      return (await import('./cli/results.ts')).results(line, signal)
    case 'evaluate':
      return (await import('./cli/evaluate.ts')).evaluate(line, signal)
    case 'calibrate':
      return (await import('./cli/calibrate.ts')).calibrate(line, signal)
    case 'export':
      return (await import('./cli/export.ts')).exportCommand(line)
    case 'download':
      return (await import('./cli/download.ts')).download(line, signal)
    case 'bench':
      return (await import('./cli/bench.ts')).bench(line, signal)
    case 'plan':
      return (await import('./cli/plan.ts')).plan(line, signal)
    case 'doctor':
      return (await import('./cli/doctor.ts')).doctor(line, signal)
    case 'health':
      return (await import('./cli/health.ts')).health(line, signal)
    case 'replay':
      return (await import('./cli/replay.ts')).replay(line, signal)
  }
}

/** The first SIGINT or SIGTERM asks to finish; the second ends the process at once. */
function listenToSignals(): AbortSignal {
  const stop = new AbortController()
  const onSignal = (name: 'SIGINT' | 'SIGTERM') => {
    if (stop.signal.aborted) process.exit(exitCodes.signal + constants.signals[name])
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
function endWithParent({ command, values }: CommandLine): void {
  const { channel } = process
  if (channel === undefined || process.env['DDNN_SUPERVISED'] === undefined) return
  process.once('disconnect', () => {
    // Nobody reads any more.
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
    process.emit('SIGTERM', 'SIGTERM')
    const timeoutMs = command === 'run' ? (values.number('shutdown-timeout-ms') ?? 0) : 0
    const code = exitCodes.signal + constants.signals.SIGTERM
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

/** What a user reads of an error: no stack for a mistake of theirs, one for a fault of ours. */
function describe(error: DdnnError): string {
  const hint = error.hint === undefined ? '' : `\n  ${error.hint}`
  if (error.code !== 'DDNN_INTERNAL') return `ddnn: ${error.message} [${error.code}]${hint}\n`
  const stack = error.cause instanceof Error ? error.cause.stack : error.stack
  return `ddnn: a fault of ddnn itself, please report it: ${error.message}\n${stack ?? ''}\n`
}

function exitCodeOf(error: DdnnError): number {
  const isOurs = error.code === 'DDNN_INTERNAL' || error.code === 'DDNN_ENGINE_FAILED'
  return isOurs || error.code === 'DDNN_OUTPUT_FAILED' ? exitCodes.failures : exitCodes.usage
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (thrown) {
  const error = toDdnnError(thrown)
  // A message may quote a tier, a broker or a file's name.
  process.stderr.write(visibleLines(describe(error)))
  process.exitCode = exitCodeOf(error)
}
// All is closed by now; what a library still holds (a socket in a retry) must not keep the process.
setTimeout(() => process.exit(), exitGraceMs).unref()
