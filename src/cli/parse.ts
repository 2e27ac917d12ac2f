// argv, environment and config file -> the checked values of one sub-command. Everything that is
// wrong is gathered, so that a user mends the command line once.
import yargs from 'yargs'
import { nearestName } from '../domain/nearest-name.ts'
import { ConfigError } from '../errors.ts'
import { readConfigFile, recipeKey } from './config-file.ts'
import { convert } from './convert.ts'
import { commandNames, commands } from './commands.ts'
import { describeDefault, envNameOf, type CommandName, type Flag } from './flag.ts'
import type { Values } from './flag-types.ts'
import { FlagValues, type AnyNameReader, type FlagValue, type ResolvedFlag } from './flag-values.ts'
import { flagsOf } from './flags.ts'

export interface CommandLine<C extends CommandName> {
  readonly command: C
  readonly values: Values<C>
  /** What is wrong so far; `assertNoProblems` throws them with those of the roles. */
  readonly problems: readonly string[]
}

export type Environment = Readonly<Record<string, string | undefined>>

/** The sub-command that argv names; a device or tier where it names none. */
export function commandOf(argv: readonly string[]): CommandName {
  const first = argv[0]
  return commandNames.find((name) => name === first) ?? 'run'
}

/**
 * A yargs parser of one command's table; it neither exits nor prints. Choices are given to yargs for
 * shell completion alone: checking them here would stop at the first mistake.
 */
export function createParser(
  command: CommandName,
  argv: readonly string[] = [],
  use: 'parse' | 'complete' = 'parse',
) {
  const parser = yargs([...argv])
    .scriptName('ddnn')
    .usage(usageOf(command))
    .epilogue('Every flag can stand in the environment as DDNN_<FLAG>. See docs/flags.md.')
    .parserConfiguration({
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'duplicate-arguments-array': true,
      'populate--': true,
    })
    .exitProcess(false)
    .fail(false)
    .version(false)
    .help(false)
    .wrap(100)
  if (command === 'run') {
    for (const name of commandNames)
      if (name !== 'run') parser.command(name, commands[name].summary)
  }
  for (const flag of flagsOf(command)) {
    const shown = describeDefault(flag)
    const choices = flag.kind === 'string' ? flag.choices : undefined
    parser.option(flag.name, {
      alias: [...(flag.aliases ?? [])],
      type: flag.kind === 'boolean' ? 'boolean' : flag.kind === 'list' ? 'array' : 'string',
      ...(flag.kind === 'list' ? { string: true } : {}),
      ...(use === 'complete' && choices !== undefined ? { choices: [...choices] } : {}),
      description: choices === undefined ? flag.help : `${flag.help} (${choices.join(', ')})`,
      group: `${flag.group}:`,
      // yargs must not fill defaults in: they come after environment and config file.
      ...(shown === undefined ? {} : { defaultDescription: shown }),
    })
  }
  parser
    .option('help', {
      alias: 'h',
      type: 'boolean',
      description: 'Show this help',
      group: 'General:',
    })
    .option('version', { type: 'boolean', description: 'Show the version', group: 'General:' })
    .completion('completion', 'Print a script of shell completion (bash, zsh)')
  return parser
}

function usageOf(command: CommandName): string {
  if (command === 'run') return '$0 [command] [flags]'
  const words = flagsOf(command).filter((flag) => flag.positional === true)
  return ['$0', command, ...words.map(shownName), '[flags]'].join(' ')
}

/** What a flag is called in messages: '--seed', or 'DATA-SET' where it is typed as a word. */
function shownName(flag: Flag): string {
  return flag.positional === true ? (flag.value ?? flag.name) : `--${flag.name}`
}

/**
 * Parses the words behind the command and checks each flag alone; what flags mean together is checked by the
 * command.
 */
export function parseCommandLine<C extends CommandName>(
  command: C,
  argv: readonly string[],
  env: Environment,
): CommandLine<C> {
  const flags = flagsOf(command)
  const problems: string[] = []
  const typed = parseTyped(command, argv, flags, problems)
  const resolved = new Map<string, ResolvedFlag>()

  const take = (flag: Flag, given: unknown, source: string) => {
    const result = convert(flag, given, source)
    if ('problem' in result) problems.push(result.problem)
    else resolved.set(flag.name, { value: result.value, source })
  }
  const fromOutside = (flag: Flag): void => {
    for (const name of [envNameOf(flag), flag.bareEnv]) {
      const value = name === undefined ? undefined : env[name]
      // An empty variable is how a manifest leaves one out, so it counts as not set.
      if (name !== undefined && value !== undefined && value !== '') return take(flag, value, name)
    }
  }
  for (const flag of flags) {
    if (typed.has(flag.name)) take(flag, typed.get(flag.name), shownName(flag))
    else fromOutside(flag)
  }
  for (const name of ['config', 'recipe'] as const) {
    takeFile(name, command, flags, resolved, problems, take)
  }
  for (const flag of flags) {
    if (resolved.has(flag.name)) continue
    if (flag.required === true && flag.commands.includes(command)) {
      if (!problems.some((problem) => problem.startsWith(`Expected ${shownName(flag)} `))) {
        problems.push(missingFlag(flag))
      }
      resolved.set(flag.name, { value: emptyOf(flag), source: 'default' })
    } else if (flag.default !== undefined) {
      resolved.set(flag.name, { value: flag.default, source: 'default' })
    }
  }
  // The class reads any name; its types by name are those of the table that it was filled from.
  const values = new FlagValues(flags, resolved) as unknown as Values<C>
  return { command, values, problems }
}

/** Of a command whose flags another one takes. */
export function requiredProblems(command: CommandName, values: AnyNameReader): readonly string[] {
  return flagsOf(command)
    .filter(({ name, required }) => required === true && !values.isGiven(name))
    .map(missingFlag)
}

/** 'Expected --name to be given: name of this device or tier' */
function missingFlag(flag: Flag): string {
  const [first = '', ...others] = flag.help
  return `Expected ${shownName(flag)} to be given: ${first.toLowerCase()}${others.join('')}`
}

/** Nobody uses it: the problem that it is missing is on the list. */
function emptyOf({ kind }: Flag): FlagValue {
  return kind === 'boolean' ? false : kind === 'list' ? [] : kind === 'string' ? '' : 0
}

/** The flags that the file of --config or --recipe holds, where nothing before it gave them. */
function takeFile(
  name: 'config' | 'recipe',
  command: CommandName,
  flags: readonly Flag[],
  resolved: ReadonlyMap<string, ResolvedFlag>,
  problems: string[],
  take: (flag: Flag, given: unknown, source: string) => void,
): void {
  const file = resolved.get(name)?.value
  if (typeof file !== 'string') return
  const config = readConfigFile(file, `--${name}`)
  if ('problem' in config) {
    problems.push(config.problem)
    return
  }
  for (const [key, value] of config.entries) {
    if (name === 'recipe' && key === recipeKey) continue
    const flag = flags.find((f) => f.name === key || f.aliases?.includes(key) === true)
    if (flag === undefined || flag.name === 'config' || flag.name === name) {
      problems.push(
        `Expected flags of '${command}' in '${file}', got '${key}'${suggest(key, flags)}`,
      )
    } else if (!resolved.has(flag.name)) {
      take(flag, value, `${key} in '${file}'`)
    }
  }
}

/** What was typed, by flag name; unknown flags and stray words become problems. */
function parseTyped(
  command: CommandName,
  argv: readonly string[],
  flags: readonly Flag[],
  problems: string[],
): ReadonlyMap<string, unknown> {
  const parsed = createParser(command, argv).parseSync() as Record<string, unknown>
  const names = new Map(flags.flatMap((f) => [f.name, ...(f.aliases ?? [])].map((n) => [n, f])))
  const typed = new Map<string, unknown>()
  for (const [key, value] of Object.entries(parsed)) {
    if (['_', '$0', '--', 'help', 'h', 'version'].includes(key) || value === undefined) continue
    const flag = names.get(key)
    if (flag === undefined) {
      const dashes = key.length === 1 ? '-' : '--'
      problems.push(`Unknown flag ${dashes}${key}${suggest(key, flags)}`)
    } else {
      // As argparse does, the last of several wins; a list keeps them all.
      typed.set(flag.name, Array.isArray(value) && flag.kind !== 'list' ? value.at(-1) : value)
    }
  }
  const stray = [...(parsed._ as unknown[]), ...((parsed['--'] as unknown[] | undefined) ?? [])]
  const positional = flags.find((flag) => flag.positional === true && !typed.has(flag.name))
  if (positional !== undefined && stray.length > 0) {
    const words = positional.kind === 'list' ? stray.splice(0) : stray.shift()
    typed.set(positional.name, words)
  }
  for (const word of stray) problems.push(`Unexpected argument '${String(word)}'`)
  return typed
}

/** ', did you mean --threshold?' for the nearest name, where one is near. */
function suggest(key: string, flags: readonly Flag[]): string {
  const near = nearestName(
    key,
    flags.map(({ name }) => name),
  )
  return near === undefined ? '' : `, did you mean --${near}?`
}

/** @throws DDNN_CONFIG_INVALID with every problem, a line each. */
export function assertNoProblems(found: readonly string[], command: CommandName): void {
  // A flag of both links is looked at for each of them.
  const problems = [...new Set(found)]
  if (problems.length === 0) return
  const heading = problems.length === 1 ? '' : `${problems.length} problems:\n  - `
  throw new ConfigError('DDNN_CONFIG_INVALID', heading + problems.join('\n  - '), {
    hint: `Run 'ddnn ${command === 'run' ? '' : `${command} `}--help' for the flags`,
  })
}
