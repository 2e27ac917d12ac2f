// The command that was typed, for what is kept of a run.
import { basename, isAbsolute } from 'node:path'
import { withoutUsers } from '../domain/shown-url.ts'
import { withoutSecrets } from './secret-words.ts'

/** Passwords stay out of it. Folders of this machine are nobody else's: their names stay. */
export function shownCommand(argv: readonly string[]): string {
  const words = withoutSecrets(argv).map(withoutUsers)
  return ['ddnn', ...words.map((word) => (isAbsolute(word) ? basename(word) : word))].join(' ')
}
