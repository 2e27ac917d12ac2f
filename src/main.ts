#!/usr/bin/env node
// The one entry: `node dist/main.js [command] [flags]`. Signals live here alone; exit codes are cli/exit-code.ts.
import { toDdnnError, type DdnnError } from './errors.ts'
import type { CommandResult } from './cli/command-result.ts'
import { exitCodeOf, exitCodeOfSignal, type StopSignal } from './cli/exit-code.ts'
import { incompleteInstall } from './cli/incomplete-install.ts'
import { readVersion } from './cli/version.ts'
import type { Subscribe } from './domain/subscribe.ts'
import { visibleLines } from './domain/visible.ts'
import { commands } from './cli/commands.ts'
import type { CommandName } from './cli/flag.ts'
import { commandOf, createParser, parseCommandLine } from './cli/parse.ts'

/** Time for the event loop to empty by itself once the work is over, milliseconds. */
const exitGraceMs = 1000

/** The first signal that asked to finish. */
let stopped: StopSignal | undefined

async function main(argv: readonly string[]): Promise<CommandResult> {
  const command = commandOf(argv)
  if (argv[0] === 'completion' || argv.includes('--get-yargs-completions')) {
    await createParser(command, argv, 'complete').parseAsync()
    return { failures: 0 }
  }
  const flags = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
  if (flags.includes('--help') || flags.includes('-h')) {
    process.stdout.write(`${await createParser(command).getHelp()}\n`)
    return { failures: 0 }
  }
  if (flags.includes('--version')) {
    process.stdout.write(`${readVersion()}\n`)
    return { failures: 0 }
  }
  const result = await runCommand(command, argv[0] === command ? argv.slice(1) : argv)
  return result
}

async function runCommand<C extends CommandName>(
  command: C,
  argv: readonly string[],
): Promise<CommandResult> {
  const line = parseCommandLine(command, argv, process.env)
  const signal = listenToSignals()
  endWithParent(line.command === 'run' ? line.values.anyName.number('shutdown-timeout-ms') : 0)
  const run = await commands[command].load()
  return run(line, signal, command === 'run' ? listenToHangups() : () => () => undefined)
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

/** What a user reads of an error: no stack for a mistake of theirs, one for a fault of ours. */
function describe(error: DdnnError): string {
  const hint = error.hint === undefined ? '' : `\n  ${error.hint}`
  if (error.code !== 'DDNN_INTERNAL') return `ddnn: ${error.message} [${error.code}]${hint}\n`
  const stack = error.cause instanceof Error ? error.cause.stack : error.stack
  return `ddnn: a fault of ddnn itself, please report it: ${error.message}\n${stack ?? ''}\n`
}

try {
  const result = await main(process.argv.slice(2))
  process.exitCode = exitCodeOf({ result }, stopped)
} catch (thrown) {
  const incomplete = incompleteInstall(thrown)
  const error = incomplete ?? toDdnnError(thrown)
  // A message may quote a tier, a broker or a file's name.
  process.stderr.write(visibleLines(describe(error)))
  const isService = ['run', 'up'].includes(commandOf(process.argv.slice(2)))
  process.exitCode = exitCodeOf({ error, isService }, stopped)
  // Node 20 throws such an error once more where nobody can catch it.
  if (incomplete !== undefined) process.exit()
}
// All is closed by now; what a library still holds (a socket in a retry) must not keep the process.
setTimeout(() => process.exit(), exitGraceMs).unref()
