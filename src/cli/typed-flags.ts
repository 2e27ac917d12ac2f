// What stands on the command line, by flag: yargs splits it, and what is no flag of the command becomes a problem.
import { nearestName } from '../domain/nearest-name.ts'
import type { Given } from './convert.ts'
import { dashed, namesOf, type CommandName, type Flag } from './flag.ts'
import { flags as allFlags, flagsOf } from './flags.ts'
import { findPasted } from './pasted-words.ts'
import { createParser } from './yargs-parser.ts'

interface TypedFlags {
  readonly values: ReadonlyMap<string, Given>
  readonly problems: readonly string[]
}

const notOurs = ['_', '$0', '--', 'help', 'h', 'help-all', 'version']

export function parseTyped(command: CommandName, words: readonly string[]): TypedFlags {
  const flags = flagsOf(command)
  const { argv, problems: pasted } = findPasted(words, flags)
  const problems = [...pasted]
  const parsed = createParser(command, argv).parseSync() as Record<string, unknown>
  const byName = new Map(
    flags.flatMap((flag) => namesOf(flag).map((name) => [name, flag] as const)),
  )
  const values = new Map<string, Given>()
  for (const [key, value] of Object.entries(parsed)) {
    if (notOurs.includes(key) || value === undefined) continue
    const flag = byName.get(key)
    if (flag === undefined) problems.push(`Unknown flag ${dashed(key)}${suggestFlag(key, flags)}`)
    // As argparse does, the last of several wins; a list keeps them all.
    else
      values.set(
        flag.name,
        (Array.isArray(value) && flag.kind !== 'list' ? value.at(-1) : value) as Given,
      )
  }
  for (const [flag, text] of writtenSwitches(argv, byName)) values.set(flag.name, text)
  const stray = [...(parsed._ as unknown[]), ...((parsed['--'] as unknown[] | undefined) ?? [])]
  const positional = flags.find((flag) => flag.positional === true && !values.has(flag.name))
  if (positional !== undefined && stray.length > 0) {
    values.set(
      positional.name,
      positional.kind === 'list' ? stray.splice(0).map(String) : String(stray.shift()),
    )
  }
  problems.push(...stray.map((word) => strayProblem(String(word))))
  return { values, problems }
}

/** `--json=maybe`, which yargs takes for false: the text itself, to be checked as any other. */
function writtenSwitches(
  argv: readonly string[],
  byName: ReadonlyMap<string, Flag>,
): readonly (readonly [Flag, string])[] {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length
  return argv.slice(0, end).flatMap((word) => {
    const match = /^--?([^=]+)=(.*)$/.exec(word)
    const flag = byName.get(match?.[1] ?? '')
    return flag?.kind === 'boolean' ? [[flag, match?.[2] ?? ''] as const] : []
  })
}

/** ', did you mean --threshold?' for the nearest name, where one is near. */
export function suggestFlag(key: string, flags: readonly Flag[]): string {
  const near = nearestName(
    key,
    flags.flatMap(namesOf).filter((name) => name.length > 1),
  )
  const flag = flags.find((one) => near !== undefined && namesOf(one).includes(near))
  if (flag !== undefined) return `, did you mean --${flag.name}?`
  const others = (allFlags as readonly Flag[]).filter((one) => namesOf(one).includes(key))
  const commands = [...new Set(others.flatMap((one) => one.commands))]
  return key.length === 1 || commands.length === 0 ? '' : `, which ${commands.join(', ')} has`
}

/** ", got none before '--json'" of a value that looks like a flag. */
export function beforeFlag(flag: Flag, argv: readonly string[]): string {
  const at = argv.findIndex((word) => namesOf(flag).some((name) => word === dashed(name)))
  const next = argv[at + 1]
  if (at < 0 || next?.startsWith('-') !== true) return ''
  return ` before '${next}'; a value that begins with - is written --${flag.name}=VALUE`
}

function strayProblem(word: string): string {
  const isCommand = allFlags.some(({ commands }) => commands.some((name) => name === word))
  const why = isCommand ? `: a command is the first word, as in ddnn ${word}` : ''
  return `Unexpected argument '${word}'${why}`
}
