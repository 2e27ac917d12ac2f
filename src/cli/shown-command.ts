// The command that was typed, for what is kept of a run.
import { basename, isAbsolute } from 'node:path'

/** Folders of this machine are nobody else's: their names stay. */
export function shownCommand(argv: readonly string[]): string {
  return ['ddnn', ...argv.map((word) => (isAbsolute(word) ? basename(word) : word))].join(' ')
}
