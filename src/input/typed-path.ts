// A path as it was typed: Node gives arguments as text, in which every byte that is no UTF-8 has become U+FFFD.
import { readdirSync } from 'node:fs'
import { pathOfShown, shownName } from './file-name.ts'

/**
 * The path in the form of `shownName` where one file alone can be meant by it; else as it was. Only parts that hold a
 * U+FFFD are looked for.
 */
export function typedPath(word: string): string {
  if (!word.includes('\uFFFD')) return word
  const parts: string[] = []
  for (const part of word.split('/')) {
    parts.push(part.includes('\uFFFD') ? foundName(parts, part) : part)
  }
  return parts.join('/')
}

function foundName(above: readonly string[], part: string): string {
  const folder = above.length === 0 ? '.' : above.join('/') || '/'
  try {
    const names = readdirSync(pathOfShown(folder), { encoding: 'buffer' })
    const meant = names.filter((name) => name.toString('utf8') === part)
    return meant.length === 1 ? shownName(meant[0] as Buffer) : part
  } catch {
    return part
  }
}
