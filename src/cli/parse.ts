// argv, environment and config file -> the checked values of one sub-command. Everything that is
// wrong is gathered, so that a user mends the command line once.
import { problemList } from '../domain/problem-list.ts'
import { ConfigError } from '../errors.ts'
import { readConfigFile, recipeKey } from './config-file.ts'
import { convert, convertFileValue, type Conversion } from './convert.ts'
import type { Environment } from './environment.ts'
import { twiceNamed, unknownKey } from './file-keys.ts'
import { envNamesOf, isRequired, namesOf, shownName, type CommandName, type Flag } from './flag.ts'
import type { Values } from './flag-types.ts'
import { FlagValues, type AnyNameReader, type FlagValue, type ResolvedFlag } from './flag-values.ts'
import { flagsOf } from './flags.ts'
import { beforeFlag, parseTyped } from './typed-flags.ts'

export interface CommandLine<C extends CommandName> {
  readonly command: C
  readonly values: Values<C>
  /** What is wrong so far; `assertNoProblems` throws them with those of the roles. */
  readonly problems: readonly string[]
  /** The hint where a file of --config or --recipe cannot be read: what it holds is not missing. */
  readonly unreadable?: string | undefined
}

const fileHint =
  'Flags stand in such a file by name, as in threshold: 0.9; docs/flags.md lists them'

/** What has been found while flags are read. */
interface Found {
  readonly command: CommandName
  readonly flags: readonly Flag[]
  readonly resolved: Map<string, ResolvedFlag>
  /** Flags that were given and are wrong: they are not missing as well. */
  readonly wrong: Set<string>
  readonly problems: string[]
  unreadable?: string
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
  const typed = parseTyped(command, argv)
  const problems = [...typed.problems]
  const found: Found = { command, flags, resolved: new Map(), wrong: new Set(), problems }
  for (const flag of flags) {
    if (typed.values.has(flag.name)) {
      const source = shownName(flag)
      const result = convert(flag, typed.values.get(flag.name), source)
      const isNone = 'problem' in result && result.problem.endsWith('got none')
      const more = isNone ? beforeFlag(flag, argv) : ''
      take(found, flag, isNone ? { problem: result.problem + more } : result, source)
    } else takeFromEnvironment(found, flag, env)
  }
  for (const name of ['config', 'recipe'] as const) takeFile(found, name)
  for (const flag of flags) takeDefault(found, flag)
  // The class reads any name; its types by name are those of the table that it was filled from.
  const values = new FlagValues(flags, found.resolved, found.wrong) as unknown as Values<C>
  return { command, values, problems, unreadable: found.unreadable }
}

function take(
  { resolved, wrong, problems }: Found,
  flag: Flag,
  result: Conversion,
  source: string,
) {
  if ('problem' in result) {
    problems.push(result.problem)
    wrong.add(flag.name)
  } else resolved.set(flag.name, { value: result.value, source })
}

function takeFromEnvironment(found: Found, flag: Flag, env: Environment): void {
  for (const name of envNamesOf(flag, found.command)) {
    const value = env[name]
    // An empty variable is how a manifest leaves one out, so it counts as not set.
    if (value !== undefined && value !== '') {
      take(found, flag, convert(flag, value, name), name)
      return
    }
  }
}

/** The flags that the file of --config or --recipe holds, where nothing before it gave them. */
function takeFile(found: Found, name: 'config' | 'recipe'): void {
  const { command, flags, resolved, wrong, problems } = found
  const file = resolved.get(name)?.value
  if (typeof file !== 'string') return
  const config = readConfigFile(file, `--${name}`)
  if ('problem' in config) {
    problems.push(config.problem)
    found.unreadable = config.hint ?? fileHint
    return
  }
  problems.push(...twiceNamed([...config.entries.keys()], flags, file))
  let before: Flag | undefined
  for (const [key, value] of config.entries) {
    // As in a compose file: what x- begins with is there to be taken up by an alias.
    if ((name === 'recipe' && key === recipeKey) || key.startsWith('x-')) continue
    const flag = flags.find((one) => namesOf(one).includes(key))
    if (flag === undefined || flag.name === 'config' || flag.name === name) {
      const isRest = before?.secret === true && value.text === undefined
      const shown = isRest ? `a text without a value behind ${before?.name}` : undefined
      problems.push(unknownKey(key, { command, flags, file, shown }))
    } else if (!resolved.has(flag.name) && !wrong.has(flag.name)) {
      const source = `${key} in '${file}'`
      take(found, flag, convertFileValue(flag, value, source), source)
    }
    before = flag
  }
}

function takeDefault({ command, resolved, wrong, problems, unreadable }: Found, flag: Flag): void {
  if (resolved.has(flag.name)) return
  const isNeeded = isRequired(flag, command)
  if (flag.required === true && !isNeeded) return
  const value = flag.default ?? (isNeeded ? emptyOf(flag) : undefined)
  const isMissing = isNeeded && !wrong.has(flag.name) && unreadable === undefined
  if (isMissing) problems.push(missingFlag(flag))
  if (value !== undefined) resolved.set(flag.name, { value, source: 'default' })
}

/** What is missing of a command whose flags another one takes. */
export function requiredProblems(command: CommandName, values: AnyNameReader): readonly string[] {
  return flagsOf(command)
    .filter((flag) => isRequired(flag, command) && !values.isGiven(flag.name))
    .map(missingFlag)
}

/** 'Expected --name to be given: name of this device or tier' */
function missingFlag(flag: Flag): string {
  const [first = '', ...others] = flag.help
  // CSVs and PEM stay as they are.
  const isWord = !/\p{Lu}/u.test(others[0] ?? '')
  return `Expected ${shownName(flag)} to be given: ${isWord ? first.toLowerCase() : first}${others.join('')}`
}

/** Nobody uses it: the problem that it is missing is on the list. */
function emptyOf({ kind }: Flag): FlagValue {
  return kind === 'boolean' ? false : kind === 'list' ? [] : kind === 'string' ? '' : 0
}

/** @throws DDNN_CONFIG_INVALID with every problem, a line each. */
export function assertNoProblems(found: readonly string[], command: CommandName): void {
  // A flag of both links is looked at for each of them.
  const problems = [...new Set(found)]
  if (problems.length === 0) return
  throw new ConfigError('DDNN_CONFIG_INVALID', problemList(problems), {
    hint: `Run 'ddnn ${command === 'run' ? '' : `${command} `}--help' for the flags`,
  })
}
