// Keys of a file of --config or --recipe: which flag each names, and what is wrong with those that name none.
import { nearestName } from '../domain/nearest-name.ts'
import { envNamesOf, namesOf, type CommandName, type Flag } from './flag.ts'
import { commandsWithFlag } from './typed-flags.ts'

/** A problem for a key that is no flag of the command. */
export function unknownKey(
  key: string,
  { command, flags, file }: { command: CommandName; flags: readonly Flag[]; file: string },
): string {
  return `Expected flags of '${command}' in '${file}', got '${key}'${adviceOn(key, flags)}`
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
  const others = commandsWithFlag(bare)
  if (others !== '') return others
  const near = nearestName(bare.toLowerCase(), flags.flatMap(namesOf))
  const flag = flags.find((one) => near !== undefined && namesOf(one).includes(near))
  return flag === undefined ? '' : `, did you mean ${flag.name}?`
}
