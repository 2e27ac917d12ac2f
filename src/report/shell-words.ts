// A command as it can be pasted into a shell.
import { shellWord } from '../domain/shell-word.ts'

/** Words with spaces or what a shell takes for its own stand in single quotes. */
export function shellCommand(words: readonly string[]): string {
  return words.map(shellWord).join(' ')
}
