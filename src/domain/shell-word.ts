// A word of a command as it can be pasted into a shell.

/** A home folder, `~/`, is meant as the shell reads it. */
const isPlain = /^(~\/)?[\w@%+=:,./-]+$/

/** PowerShell and POSIX shells read single quotes alike; a quote inside is POSIX's way. */
export function shellWord(word: string): string {
  return isPlain.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
