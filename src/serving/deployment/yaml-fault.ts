// What is wrong with a YAML text, in words that hold nothing of it: what stands there may be a password, and YAML's
// own messages quote it.
import { visit, type Document, type LineCounter, type YAMLError } from 'yaml'
import { asWritten } from './as-written.ts'

const inQuotes = 'a text that begins with *, & or ! is written in quotes'

/** In place of messages that name what they found. */
const words: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  BAD_COLLECTION_TYPE: 'A tag (!) of another kind of value',
  BAD_DIRECTIVE: 'A directive (%) that is none',
  BAD_DQ_ESCAPE: 'Invalid escape sequence (\\) between double quotes',
  MULTIPLE_DOCS: 'it holds several documents, parted by --- or ...',
  TAG_RESOLVE_FAILED: `! is no value; ${inQuotes}`,
  UNEXPECTED_TOKEN: 'Unexpected text',
}

/** "Tabs are not allowed as indentation at line 3"; undefined where nothing is wrong. */
export function yamlFault(document: Document.Parsed, lines: LineCounter): string | undefined {
  const at = (offset: number) => ` at line ${lines.linePos(offset).line}`
  const [error] = document.errors
  if (error !== undefined) {
    const isText = ['BAD_SCALAR_START', 'BLOCK_AS_IMPLICIT_KEY', 'UNEXPECTED_TOKEN']
    const advice = isText.includes(error.code)
      ? '; a text with such characters is written in quotes'
      : ''
    const told = error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:$/, '')
    return `${words[error.code] ?? told}${at(error.pos[0])}${advice}`
  }
  const hardlyMeant = findMark(document)
  if (hardlyMeant === undefined) return undefined
  return `${hardlyMeant.mark} is no value${at(hardlyMeant.offset)}; ${inQuotes}`
}

/** A text without quotes that begins with one of YAML's own marks, as a password may. */
function findMark(document: Document.Parsed): { mark: string; offset: number } | undefined {
  const marks: { mark: string; offset: number }[] = []
  visit(document, {
    Alias: (_, node) => {
      const isKnown = node.resolve(document) !== undefined
      if (!isKnown) marks.push({ mark: '*', offset: node.range?.[0] ?? 0 })
    },
    Scalar: (_, node) => {
      const offset = node.range?.[0] ?? 0
      if (node.anchor !== undefined && asWritten(node) === '') marks.push({ mark: '&', offset })
      if (node.tag?.startsWith('!') === true) marks.push({ mark: '!', offset })
    },
  })
  const tag = document.warnings.find(({ code }) => code === 'TAG_RESOLVE_FAILED')
  return marks[0] ?? (tag === undefined ? undefined : { mark: '!', offset: tag.pos[0] })
}
