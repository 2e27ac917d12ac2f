// Words of a command line that were meant as flags and are none: dashes that a page or a chat made longer, one dash
// before a long name.
import { beforeDashes } from './before-dashes.ts'
import { dashed, namesOf, type Flag } from './flag.ts'
import { withoutSecret } from './secret-words.ts'

interface Pasted {
  /** argv without them and, for what they seem to name, without its value. */
  readonly argv: readonly string[]
  readonly problems: readonly string[]
}

/** Unicode's dashes but the hyphen: – and — for two hyphens, − of a formula, and their kin. */
const otherDash = /^(?!-)[\p{Pd}\u2212]+-*([A-Za-z].*)$|^-+(?!-)[\p{Pd}\u2212]+([A-Za-z].*)$/u

/** Looks at the words before a lone `--`. */
export function findPasted(argv: readonly string[], flags: readonly Flag[]): Pasted {
  const names = new Map(flags.flatMap((flag) => namesOf(flag).map((name) => [name, flag] as const)))
  const end = beforeDashes(argv).length
  const kept: string[] = []
  const problems: string[] = []
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? ''
    const meant = i < end ? meantBy(word, names) : undefined
    if (meant === undefined) {
      kept.push(word)
      continue
    }
    const [expected, got] = [dashed(meant), word].map(withoutSecret)
    problems.push(`Expected ${expected}, got '${got}': ${whyOf(word)}`)
    const flag = names.get(meant.split('=')[0] ?? '')
    const hasValue = flag !== undefined && flag.kind !== 'boolean' && !meant.includes('=')
    if (hasValue && isValue(argv[i + 1])) i++
  }
  return { argv: kept, problems }
}

/** The flag's name that was meant, with the value behind `=`. */
function meantBy(word: string, names: ReadonlyMap<string, Flag>): string | undefined {
  const match = otherDash.exec(word)
  const pasted = match?.[1] ?? match?.[2]
  if (pasted !== undefined) return pasted
  // `-input` is read as -i -n -p -u -t by who allows short flags in a row.
  const single = /^-([A-Za-z][\w-]+(?:=.*)?)$/.exec(word)?.[1]
  return single !== undefined && names.has(single.split('=')[0] ?? '') ? single : undefined
}

function whyOf(word: string): string {
  return word.startsWith('-') && !otherDash.test(word)
    ? 'a long name has two hyphens before it'
    : 'its dash is no hyphen, as in text that was pasted'
}

function isValue(word: string | undefined): boolean {
  return word !== undefined && !/^[-\p{Pd}\u2212]/u.test(word)
}
