// One call of ddnn, from its words to its exit code: help, version, completion, or a command. process.ts calls it with
// the process's own streams and signals, tests with theirs.
import { problemList } from '../domain/problem-list.ts'
import { ConfigError, toDdnnError, type DdnnError } from '../errors.ts'
import type { Subscribe } from '../domain/subscribe.ts'
import { visibleLines } from '../domain/visible.ts'
import { createLog, logFormats, logLevels } from '../telemetry/log.ts'
import { beforeDashes } from './before-dashes.ts'
import type { CommandResult } from './command-result.ts'
import { assertCommand, commandOf } from './command-word.ts'
import { commandNames, commands } from './commands.ts'
import { saysWhatToRun, unknownVariables, type Environment } from './environment.ts'
import { exitCodeOf, exitCodes, type StopSignal } from './exit-code.ts'
import { commandHelp, shortHelp } from './help.ts'
import { errorJson, isJson, saysJson } from './json-output.ts'
import { incompleteInstall } from './incomplete-install.ts'
import type { CommandName } from './flag.ts'
import { parseCommandLine, type CommandLine } from './parse.ts'
import { readVersion } from './version.ts'
import { createParser } from './yargs-parser.ts'

interface Streams {
  readonly stdout: { write(text: string): unknown; readonly columns?: number }
  readonly stderr: { write(text: string): unknown; readonly columns?: number }
}

/** What a command hears of the outside while it runs. */
export interface Outside {
  /** Called once, when the command begins. */
  begin(line: { readonly command: CommandName; readonly shutdownTimeoutMs: number | undefined }): {
    readonly signal: AbortSignal
    readonly onHangup: Subscribe
  }
  /** The first signal that asked to finish. */
  stopped(): StopSignal | undefined
  /** Where a package could not be loaded: Node 20 throws that once more where nobody can catch it. */
  endAtOnce(code: number): void
}

/** Never rejects: what is thrown is told on stderr. */
export async function execute(
  argv: readonly string[],
  env: Environment,
  streams: Streams,
  outside: Outside,
): Promise<number> {
  const { command, rest } = commandOf(argv)
  // Until the line is read, which may say so in a file.
  const asked = { json: saysJson(argv, env) }
  try {
    const said = await answer(argv, env, streams)
    if (said !== undefined) return said
    assertCommand(argv)
    const line = parseCommandLine(command, rest, env)
    asked.json = isJson(line.values)
    const result = await runCommand(line, env, streams, outside)
    if (asked.json && result.json !== undefined) streams.stdout.write(result.json)
    return exitCodeOf({ result }, outside.stopped())
  } catch (thrown) {
    const incomplete = incompleteInstall(thrown)
    const error = incomplete ?? toDdnnError(thrown)
    if (asked.json) streams.stdout.write(errorJson(error, command))
    // A message may quote a tier, a broker or a file's name.
    streams.stderr.write(visibleLines(describe(error)))
    const isService = ['run', 'up'].includes(command)
    const code = exitCodeOf({ error, isService }, outside.stopped())
    if (incomplete !== undefined) outside.endAtOnce(code)
    return code
  }
}

async function runCommand<C extends CommandName>(
  line: CommandLine<C>,
  env: Environment,
  { stderr }: Streams,
  outside: Outside,
): Promise<CommandResult> {
  const { command } = line
  warnOfEnvironment(line, env, stderr)
  // doctor tells all that it can find.
  if (line.unreadable !== undefined && command !== 'doctor') {
    throw new ConfigError('DDNN_CONFIG_INVALID', problemList(line.problems), {
      hint: line.unreadable,
    })
  }
  const shutdownTimeoutMs =
    command === 'run' ? line.values.anyName.number('shutdown-timeout-ms') : undefined
  const { signal, onHangup } = outside.begin({ command, shutdownTimeoutMs })
  const run = await commands[command].load()
  return run(line, signal, onHangup)
}

/** The exit code of a call that no command answers: help and its kin; undefined of others. */
async function answer(
  argv: readonly string[],
  env: Environment,
  { stdout, stderr }: Streams,
): Promise<number | undefined> {
  if (argv[0] === 'completion' || argv.includes('--get-yargs-completions')) {
    // `--get-yargs-completions ddnn train --ep`: what stands on the line that is completed.
    const { command } = commandOf(argv.slice(argv.indexOf('--get-yargs-completions') + 2))
    const others = command === 'run' ? commandNames.filter((name) => name !== 'run') : []
    const summaries = new Map(others.map((name) => [name, commands[name].summary]))
    await createParser(command, argv, summaries).parseAsync()
    return exitCodes.ok
  }
  if (argv.length === 0 && !saysWhatToRun(env)) {
    // Nothing was done, which a container that was given no settings must not take for success.
    stderr.write(shortHelp(widthOf(stderr)))
    return exitCodes.usage
  }
  const asked = helpAskedBy(argv)
  if (asked !== undefined) {
    if (asked.word !== undefined) assertCommand([asked.word])
    const { command } = commandOf(asked.word === undefined ? argv : [asked.word])
    stdout.write(commandHelp(command, { isAll: asked.isAll, width: widthOf(stdout) }))
    return exitCodes.ok
  }
  const isShort = ['-v', '-V'].includes(argv[0] ?? '') && argv.length === 1
  if (!isShort && argv[0] !== 'version' && !isSaid(argv, 'version')) return undefined
  stdout.write(`${readVersion()}\n`)
  return exitCodes.ok
}

interface AskedHelp {
  /** The command's name, where it was said. */
  readonly word: string | undefined
  readonly isAll: boolean
}

/** `ddnn help [COMMAND] [all]`, `ddnn COMMAND help`, `--help`, `-h`, `--help-all`, `--help all`. */
function helpAskedBy(argv: readonly string[]): AskedHelp | undefined {
  const words = beforeDashes(argv)
  const [first, second] = words
  const isAll = isSaid(words, 'help-all') || words[words.indexOf('--help') + 1] === 'all'
  if (first === 'help') {
    const others = words.slice(1).filter((word) => !word.startsWith('-'))
    const word = others.find((one) => one !== 'all' && one !== 'help')
    return { word, isAll: isAll || others.includes('all') }
  }
  const isAsked = isSaid(words, 'help') || words.includes('-h') || isSaid(words, 'help-all')
  const isWord = second === 'help' && words.length === 2 && first?.startsWith('-') === false
  if (!isAsked && !isWord) return undefined
  return { word: first?.startsWith('-') === false ? first : undefined, isAll }
}

/** `--help`, `-help`, `--help=yes`: it is answered however it is said. */
function isSaid(argv: readonly string[], name: string): boolean {
  return beforeDashes(argv).some((word) => word.replace(/^--?/, '-').split('=')[0] === `-${name}`)
}

/** Once for a run: what a supervisor's children have in their environment it has told already. */
function warnOfEnvironment<C extends CommandName>(
  { values: { anyName }, problems }: CommandLine<C>,
  env: Environment,
  stderr: Streams['stderr'],
): void {
  if (env['DDNN_SUPERVISED'] !== undefined) return
  const sentences = unknownVariables(env)
  if (sentences.length === 0) return
  const level = logLevels.find(
    (one) => anyName.has('log-level') && one === anyName.string('log-level'),
  )
  const format = logFormats.find(
    (one) => anyName.has('log-format') && one === anyName.string('log-format'),
  )
  // Where a command has a log, a line of another form would spoil it for who reads JSON.
  if (problems.length === 0 && level !== undefined && format !== undefined) {
    const log = createLog({ level, format, name: undefined })
    for (const sentence of sentences) log.warn(sentence)
  } else stderr.write(visibleLines(sentences.map((sentence) => `ddnn: ${sentence}\n`).join('')))
}

/** What a user reads of an error: no stack for a mistake of theirs, one for a fault of ours. */
function describe(error: DdnnError): string {
  const hint = error.hint === undefined ? '' : `\n  ${error.hint}`
  if (error.code !== 'DDNN_INTERNAL') return `ddnn: ${error.message} [${error.code}]${hint}\n`
  const stack = error.cause instanceof Error ? error.cause.stack : error.stack
  return `ddnn: a fault of ddnn itself, please report it: ${error.message}\n${stack ?? ''}\n`
}

/** Where it is no terminal, or one that was never told its size, as wide as a page of docs. */
function widthOf({ columns = 0 }: { readonly columns?: number }): number {
  return columns === 0 ? 100 : Math.min(Math.max(columns, 40), 120)
}
