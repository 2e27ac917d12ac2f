// Keys of a file of --config or --recipe: which flag each names, and what is wrong with those that name none.
import { envNamesOf, namesOf, type CommandName, type Flag } from './flag.ts'
import { withoutSecret } from './secret-words.ts'
import { adviceOnName } from './typed-flags.ts'

interface Place {
  readonly command: CommandName
  readonly flags: readonly Flag[]
  readonly file: string
  /** In place of the key, which may be a part of a password. */
  readonly shown?: string | undefined
}

/** A problem for a key that is no flag of the command. */
export function unknownKey(key: string, { command, flags, file, shown }: Place): string {
  const expected = `Expected flags of '${command}' in '${file}'`
  // `{ sasl-password: a,b }`: a part of the value.
  if (shown !== undefined)
    return `${expected}, got ${shown}; what holds a comma is written in quotes`
  return `${expected}, got '${withoutSecret(key)}'${adviceOn(key, flags)}`
}

/** A problem for each flag that a file names twice, under two of its names. */
export function twiceNamed(
  keys: readonly string[],
  flags: readonly Flag[],
  file: string,
): readonly string[] {
  return flags.flatMap((flag) => {
    const own = keys.filter((key) => namesOf(flag).includes(key))
    return own.length < 2
      ? []
      : [`Expected ${flag.name} once in '${file}', got ${own.join(' and ')}, which are the same`]
  })
}

function adviceOn(key: string, flags: readonly Flag[]): string {
  const bare = key.replace(/^-+/, '')
  if (['config', 'recipe'].includes(bare)) return ', which a file cannot name'
  const same = flags.find((flag) => namesOf(flag).includes(bare) || envNamesOf(flag).includes(bare))
  if (same !== undefined) return `; a file names it ${same.name}`
  const nameOf = (near: string) => flags.find((flag) => namesOf(flag).includes(near))?.name ?? near
  return adviceOnName(bare, flags.flatMap(namesOf), nameOf)
}
