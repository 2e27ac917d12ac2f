// Passwords among the words of a command line: what a message quotes of them is their flags' names alone.
import { nearestName } from '../domain/nearest-name.ts'
import { dashed, namesOf, type Flag } from './flag.ts'
import { flags as allFlags } from './flags.ts'

const names = (allFlags as readonly Flag[]).flatMap(namesOf)
const secretNames = (allFlags as readonly Flag[])
  .filter(({ secret }) => secret === true)
  .flatMap(namesOf)
  // The longest first, of which another may be the beginning.
  .toSorted((a, b) => b.length - a.length)

/** What stands in place of a value. */
const hidden = '***'

/**
 * `--sasl-password -x` as `--sasl-password=-x`: a password may begin with a dash. A flag of the command stays a flag.
 */
export function joinSecrets(words: readonly string[], flags: readonly Flag[]): readonly string[] {
  const known = new Set(flags.flatMap(namesOf).map(dashed))
  const own = new Set(
    flags
      .filter(({ secret }) => secret === true)
      .flatMap(namesOf)
      .map(dashed),
  )
  const joined: string[] = []
  for (let i = 0; i < words.length; i++) {
    const [word = '', next] = [words[i], words[i + 1]]
    const isFlag = next === '--' || known.has(next?.split('=')[0] ?? '')
    if (next?.startsWith('-') === true && own.has(word) && !isFlag) {
      joined.push(`${word}=${next}`)
      i++
    } else joined.push(word)
  }
  return joined
}

/** The words as they may be shown: behind a flag of a secret, or what was meant as one, up to the next flag. */
export function withoutSecrets(words: readonly string[]): readonly string[] {
  let isBehind = false
  return words.map((word) => {
    const isFlag = /^\p{Pd}|^\u2212/u.test(word)
    if (isBehind && !isFlag) return hidden
    isBehind = secretOf(word) !== undefined && isFlag
    return withoutSecret(word)
  })
}

/** One word, or a key of a file: 'sasl-password=***' of `sasl-password=x`, `sasl-password:x` and `sasl-passwordx`. */
export function withoutSecret(word: string): string {
  const name = secretOf(word)
  if (name === undefined) return word
  return name.length === word.length ? word : `${name}${/[=:]/.exec(word)?.[0] ?? ''}${hidden}`
}

/** The part of a word that names a secret, as it is written; undefined of any other. */
function secretOf(word: string): string | undefined {
  const [, lead = '', name = ''] = /^([\p{Pd}\u2212]*(?:DDNN_)?)([^=:\s]*)/iu.exec(word) ?? []
  const plain = name.toLowerCase().replaceAll('_', '-')
  if (plain === '' || (names.includes(plain) && !secretNames.includes(plain))) return undefined
  const glued = secretNames.find((one) => plain.startsWith(one))
  if (glued !== undefined) return lead + name.slice(0, glued.length)
  const near = nearestName(plain, names)
  return near !== undefined && secretNames.includes(near) ? lead + name : undefined
}
