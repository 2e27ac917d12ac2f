// The commands that a page shows: its fenced blocks, and the `ddnn` command lines in them.
import { readFileSync } from 'node:fs'
import { repoPath } from './paths.ts'

export interface FencedBlock {
  /** What stands behind the fence: `sh`, `sh serve`, `yaml`, or nothing. */
  readonly kind: string
  readonly text: string
}

export function fencedBlocks(page: string): readonly FencedBlock[] {
  const text = readFileSync(repoPath(page), 'utf8')
  return [...text.matchAll(/^```([^\n]*)\n([^]*?)^```$/gm)].map(([, kind = '', block = '']) => ({
    kind: kind.trim(),
    text: block,
  }))
}

/** Command lines that begin with `ddnn` or `npx ddnn`, continued ones in one piece, without comments. */
export function ddnnLines(page: string): readonly string[] {
  return fencedBlocks(page)
    .filter(({ kind }) => kind === '' || /^(sh|bash|console)\b/.test(kind))
    .flatMap(({ text }) => text.replaceAll(/\\\n\s*/g, ' ').split('\n'))
    .map((line) => /^(?:\$ )?(?:npx )?(ddnn(?: .*)?)$/.exec(line)?.[1])
    .filter((line) => line !== undefined)
    .map((line) => line.replace(/\s+#.*$/, ''))
}

/** The words of a command line as a shell reads them: quotes, no variables; what is behind `|`, `>` or `&&` is left out. */
export function wordsOf(line: string): readonly string[] {
  const words = [...line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
    word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'),
  )
  const end = words.findIndex((word) => /^(\||>|>>|<|&&|&|;|2>.*)$/.test(word))
  return end === -1 ? words : words.slice(0, end)
}
