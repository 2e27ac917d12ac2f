// A command as it can be pasted into a shell.

/** Words with spaces or what a shell takes for its own stand in single quotes. */
export function shellCommand(words: readonly string[]): string {
  return words.map((word) => (isPlain.test(word) ? word : quoted(word))).join(' ')
}

const isPlain = /^[\w@%+=:,./-]+$/

/** PowerShell and POSIX shells read single quotes alike; a quote inside is POSIX's way. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}
