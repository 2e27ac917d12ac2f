// argv, environment and config file -> the checked values of one sub-command. Everything that is
// wrong is gathered, so that a user mends the command line once.
import yargs from 'yargs'
import { nearestName } from '../domain/nearest-name.ts'
import { ConfigError } from '../errors.ts'
import { readConfigFile, recipeKey } from './config-file.ts'
import { convert } from './convert.ts'
import { commandNames, describeDefault, envNameOf, type CommandName, type Flag } from './flag.ts'
import { FlagValues, type ResolvedFlag } from './flag-values.ts'
import { flagsOf } from './flags.ts'

export interface CommandLine {
  readonly command: CommandName
  readonly values: FlagValues
  /** What is wrong so far; `assertNoProblems` throws them with those of the roles. */
  readonly problems: readonly string[]
}

export type Environment = Readonly<Record<string, string | undefined>>

const summaries: Readonly<Record<CommandName, string>> = {
  run: 'Run a device (--input) or a tier (--models and a back link)',
  demo: 'Device, edge, fog and cloud in one process, on the sample images',
  classify: 'Say what is on photos, in folders, at addresses, in videos: classify photo.jpg',
  up: 'Start Kafka, all tiers and the door of ddnn.yaml on this machine, until Ctrl-C',
  init: 'Write a ddnn.yaml for up: the shipped models, or a family that was trained',
  manifests: 'Write ddnn.yaml as objects of Kubernetes, or as a compose file',
  train: 'Train an early-exit network and write its submodels',
  results: "Draw a training run's curves: SVG, PNG and one HTML page",
  evaluate: 'Measure the exits of models, and their cascade, on labelled images',
  calibrate: 'Fit temperatures and choose thresholds for a goal, on held-out images',
  export: 'Write models as ONNX files with their manifests, for Python, C++ and phones',
  bench: 'Measure latency, rate and cost beside bare floors and peers: tables and one page',
  plan: 'Choose where submodels run, by which thresholds, codecs and replicas, for a latency goal',
  download: 'Fetch a public data set: cifar10 or flowers',
  doctor: 'Check what a run needs, from here, and say what to fix: doctor, then its flags',
  health: 'Ask a running process whether it is live, started or ready',
  replay: 'Show dead letters, TOPIC_dlq, and send them again',
}

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
    for (const name of commandNames) if (name !== 'run') parser.command(name, summaries[name])
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

/** Parses and checks each flag alone; what flags mean together is checked by the roles. */
export function parseCommandLine(argv: readonly string[], env: Environment): CommandLine {
  const command = commandOf(argv)
  const rest = argv[0] === command ? argv.slice(1) : argv
  const flags = flagsOf(command)
  const problems: string[] = []
  const typed = parseTyped(command, rest, flags, problems)
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
    if (flag.default !== undefined && !resolved.has(flag.name)) {
      resolved.set(flag.name, { value: flag.default, source: 'default' })
    }
  }
  return { command, values: new FlagValues(flags, resolved), problems }
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
