// What stands on the command line, by flag: yargs splits it, and what is no flag of the command becomes a problem.
import { existsSync } from 'node:fs'
import { editDistance, nearestName } from '../domain/nearest-name.ts'
import { beforeDashes } from './before-dashes.ts'
import type { Given } from './convert.ts'
import { dashed, namesOf, shownName, type CommandName, type Flag } from './flag.ts'
import { flags as allFlags, flagsOf } from './flags.ts'
import { findPasted } from './pasted-words.ts'
import { joinSecrets, withoutSecret, withoutSecrets } from './secret-words.ts'
import { createParser } from './yargs-parser.ts'

interface TypedFlags {
  readonly values: ReadonlyMap<string, Given>
  readonly problems: readonly string[]
}

const helpWords = ['help', 'help-all', 'version']
const notOurs = ['_', '$0', '--', 'h', ...helpWords]
const commandsOfFlags: ReadonlySet<string> = new Set(allFlags.flatMap(({ commands }) => commands))

export function parseTyped(command: CommandName, words: readonly string[]): TypedFlags {
  const flags = flagsOf(command)
  const { argv, problems: pasted } = findPasted(joinSecrets(words, flags), flags)
  const problems = [...pasted]
  const parsed = createParser(command, argv).parseSync() as Record<string, unknown>
  const byName = new Map(
    flags.flatMap((flag) => namesOf(flag).map((name) => [name, flag] as const)),
  )
  const values = new Map<string, Given>()
  for (const [key, value] of Object.entries(parsed)) {
    if (notOurs.includes(key) || value === undefined) continue
    const flag = byName.get(key)
    if (flag === undefined) {
      if (isFirstUnknown(key, argv, byName)) {
        problems.push(`Unknown flag ${withoutSecret(dashed(key))}${suggestFlag(key, flags)}`)
      }
    }
    // As argparse does, the last of several wins; a list keeps them all.
    else
      values.set(
        flag.name,
        (Array.isArray(value) && flag.kind !== 'list' ? value.at(-1) : value) as Given,
      )
  }
  for (const [flag, text] of writtenSwitches(argv, byName)) values.set(flag.name, text)
  const stray = [...(parsed._ as unknown[]), ...((parsed['--'] as unknown[] | undefined) ?? [])]
  problems.push(...placeStray(stray, flags, values, withoutSecrets(words)))
  return { values, problems }
}

/** Of letters in a row, `-pX`, the first that is none tells enough: the rest may be a password. */
function isFirstUnknown(
  key: string,
  argv: readonly string[],
  byName: ReadonlyMap<string, Flag>,
): boolean {
  if (key.length > 1) return true
  const rows = argv.filter((word) => /^-[^-]/.test(word)).map((word) => [...word.slice(1)])
  return rows.some((letters) => letters.find((one) => !byName.has(one)) === key)
}

/**
 * Gives words without a flag to the one that takes them; a problem for each that is left. What of them may be
 * shown stands in `showable`.
 */
function placeStray(
  words: readonly unknown[],
  flags: readonly Flag[],
  values: Map<string, Given>,
  showable: readonly string[],
): readonly string[] {
  const left = words.map(String)
  const positional = flags.find((flag) => flag.positional === true)
  if (positional !== undefined && left.length > 0) {
    const given = values.get(positional.name)
    if (positional.kind === 'list') {
      // Words and what stands behind the flag are one list.
      values.set(positional.name, [...left.splice(0), ...listOf(given)])
    } else if (given === undefined) values.set(positional.name, left.shift())
  }
  const input = flags.find(({ name }) => name === 'input' && !values.has(name))
  return left.map((word) => {
    const why = commandsOfFlags.has(word)
      ? `: a command is the first word, as in ddnn ${word}`
      : positional !== undefined
        ? `: ${shownName(positional)} was given already`
        : input !== undefined && existsSync(word)
          ? `: a folder of images is named with ${dashed(input.name)}`
          : ''
    if (showable.includes(word)) return `Unexpected argument '${word}'${why}`
    const text = withoutSecret(word)
    return text === word
      ? 'Unexpected argument behind a password: a value with spaces is written in quotes'
      : `Unexpected argument '${text}': a flag begins with two hyphens`
  })
}

function listOf(given: Given): readonly unknown[] {
  return Array.isArray(given) ? (given as readonly unknown[]) : given === undefined ? [] : [given]
}

/** `--json=maybe`, which yargs takes for false: the text itself, to be checked as any other. */
function writtenSwitches(
  argv: readonly string[],
  byName: ReadonlyMap<string, Flag>,
): readonly (readonly [Flag, string])[] {
  return beforeDashes(argv).flatMap((word) => {
    const match = /^--?([^=]+)=(.*)$/.exec(word)
    const flag = byName.get(match?.[1] ?? '')
    return flag?.kind === 'boolean' ? [[flag, match?.[2] ?? ''] as const] : []
  })
}

/** ', did you mean --threshold?' for the nearest name; before it a command of this name, and those with such a flag. */
function suggestFlag(key: string, flags: readonly Flag[]): string {
  if (key.length === 1) return ''
  if (commandsOfFlags.has(key))
    return `; '${key}' is a command, written without dashes: ddnn ${key}`
  return adviceOnName(key, [...helpWords, ...flags.flatMap(namesOf)], (near) =>
    dashed(flags.find((one) => namesOf(one).includes(near))?.name ?? near),
  )
}

/** ', which bench has; did you mean --history?': whose flag it is, and which of these names is near. */
export function adviceOnName(
  key: string,
  names: readonly string[],
  show: (near: string) => string,
): string {
  const others = commandsWithFlag(key)
  const plain = key.toLowerCase()
  const near = nearestName(
    plain,
    names.filter((name) => name.length > 1),
  )
  // What another command has is hardly a mistyped word.
  const isMeant = near !== undefined && (others === '' || editDistance(plain, near) < 2)
  return isMeant ? `${others}${others === '' ? ',' : ';'} did you mean ${show(near)}?` : others
}

/** ', which train has', of a name that is a flag of other commands. */
function commandsWithFlag(name: string): string {
  const others = (allFlags as readonly Flag[]).filter((one) => namesOf(one).includes(name))
  const commands = [...new Set(others.flatMap((one) => one.commands))]
  if (name.length === 1 || commands.length === 0) return ''
  return `, which ${commands.join(', ')} ${commands.length === 1 ? 'has' : 'have'}`
}

/** ", got none before '--json'" of a value that looks like a flag. */
export function beforeFlag(flag: Flag, argv: readonly string[]): string {
  const at = argv.findIndex((word) => namesOf(flag).some((name) => word === dashed(name)))
  const next = argv[at + 1]
  if (at < 0 || next?.startsWith('-') !== true) return ''
  return ` before '${next}'; a value that begins with - is written --${flag.name}=VALUE`
}
