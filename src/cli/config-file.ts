// --config FILE, --recipe FILE: a flat YAML or JSON map from flag names to values. What a flag of text is given is its
// scalar as the file writes it; numbers and switches are read as YAML reads them.
import { readFileSync } from 'node:fs'
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  visit,
  type Document,
  type YAMLMap,
} from 'yaml'
import { DdnnError } from '../errors.ts'
import { decodeText } from '../input/text-file.ts'
import { asWritten } from '../serving/deployment/as-written.ts'

/** Key in a file of --recipe that is no flag but a map (recipe-file.ts). */
export const recipeKey = 'recipe'

/** A value of a file, both ways. */
export interface FileValue {
  /** As YAML reads it. */
  readonly value: unknown
  /** A scalar as it is written, or a list's scalars; undefined of what else it may be. */
  readonly text: string | readonly string[] | undefined
}

type ConfigFile =
  { readonly entries: ReadonlyMap<string, FileValue> } | { readonly problem: string }

/**
 * Reads the file that `flag` names; JSON is YAML too. Names are checked by the caller, against the command's
 * table.
 */
export function readConfigFile(file: string, flag = '--config'): ConfigFile {
  let text: string
  try {
    text = decodeText(readFileSync(file), `'${file}'`)
  } catch (cause) {
    if (cause instanceof DdnnError) return { problem: cause.message }
    const code = (cause as NodeJS.ErrnoException).code ?? 'unreadable'
    return { problem: `Expected ${flag} to be a file that can be read, got '${file}' (${code})` }
  }
  const document = parseDocument(text)
  const fault = faultOf(document)
  if (fault !== undefined) return { problem: `Expected '${file}' to be YAML or JSON: ${fault}` }
  const { contents } = document
  // Comments alone are an empty map.
  if (contents === null || (isScalar(contents) && asWritten(contents) === '')) {
    return { entries: new Map() }
  }
  if (isMap(contents)) {
    try {
      return { entries: new Map(entriesOf(document, contents)) }
    } catch (cause) {
      // An alias of nothing, or of itself.
      const reason = cause instanceof Error ? cause.message : String(cause)
      return { problem: `Expected '${file}' to be YAML or JSON: ${reason}` }
    }
  }
  const got = isSeq(contents) ? 'a list' : 'one value'
  return { problem: `Expected '${file}' to be a map of flags and values, got ${got}` }
}

/** What is no YAML, or hardly meant: a password that begins with one of YAML's own marks. */
function faultOf(document: Document.Parsed): string | undefined {
  const [error] = document.errors
  if (error !== undefined) {
    if (error.code === 'MULTIPLE_DOCS') return 'it holds several documents, parted by --- or ...'
    const isText = error.code === 'BAD_SCALAR_START' || error.code === 'BLOCK_AS_IMPLICIT_KEY'
    const advice = isText ? '; a text with such characters is written in quotes' : ''
    return `${error.message.split('\n')[0]?.replace(/:$/, '')}${advice}`
  }
  const marks: string[] = []
  visit(document, {
    Alias: (_, node) => {
      if (node.resolve(document) === undefined) marks.push(`*${node.source}`)
    },
    Scalar: (_, node) => {
      if (node.anchor !== undefined && asWritten(node) === '') marks.push(`&${node.anchor}`)
      if (node.tag?.startsWith('!') === true) marks.push(node.tag)
    },
  })
  return marks[0] === undefined
    ? undefined
    : `${marks[0]} is no value; a text that begins with *, & or ! is written in quotes`
}

/**
 * `<<: *other` brings the entries of another map, `<<: [*one, *two]` those of several, of which the first count more;
 * those of this one come after them and count most.
 */
function entriesOf(document: Document, map: YAMLMap): readonly (readonly [string, FileValue])[] {
  const merged: (readonly [string, FileValue])[] = []
  const own: (readonly [string, FileValue])[] = []
  for (const { key, value } of map.items) {
    const node = resolved(document, value)
    const name = isScalar(key) ? asWritten(key) : String(key)
    const maps = isSeq(node) ? node.items.map((item) => resolved(document, item)) : [node]
    if (name === '<<' && maps.every((one) => isMap(one))) {
      merged.push(...maps.toReversed().flatMap((one) => entriesOf(document, one)))
    } else own.push([name, valueOf(document, node)])
  }
  return [...merged, ...own]
}

function resolved(document: Document, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node
}

function valueOf(document: Document, node: unknown): FileValue {
  if (isScalar(node)) return { value: node.value, text: asWritten(node) }
  if (isSeq(node)) {
    const items = node.items.map((item) => resolved(document, item))
    const texts = items.map((item) => (isScalar(item) ? asWritten(item) : undefined))
    const isFlat = texts.every((text) => text !== undefined)
    return { value: node.toJS(document) as unknown, text: isFlat ? texts : undefined }
  }
  return { value: isMap(node) ? (node.toJS(document) as unknown) : undefined, text: undefined }
}
