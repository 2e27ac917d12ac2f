// --config FILE, --recipe FILE: a flat YAML or JSON map from flag names to values. What a flag of text is given is its
// scalar as the file writes it; numbers and switches are read as YAML reads them.
import { readFileSync } from 'node:fs'
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type YAMLMap,
} from 'yaml'
import { DdnnError } from '../errors.ts'
import { decodeText } from '../input/text-file.ts'
import { asWritten } from '../serving/deployment/as-written.ts'
import { yamlFault } from '../serving/deployment/yaml-fault.ts'

/** What a decoder puts in place of bytes that are no text. */
const replacement = '\ufffd'

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
  | { readonly entries: ReadonlyMap<string, FileValue> }
  | { readonly problem: string; readonly hint?: string | undefined }

/**
 * Reads the file that `flag` names; JSON is YAML too. Names are checked by the caller, against the command's
 * table.
 */
export function readConfigFile(file: string, flag = '--config'): ConfigFile {
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unreadable'
    return { problem: `Expected ${flag} to be a file that can be read, got '${file}' (${code})` }
  }
  try {
    return readText(decodeText(bytes, `'${file}'`), file)
  } catch (cause) {
    if (!(cause instanceof DdnnError)) throw cause
    const lenient = readOtherEncoding(bytes, file)
    if (lenient !== undefined) return lenient
    // What is no text at all is told how labels are written.
    const hint = cause.message.includes('UTF-8') ? cause.hint : undefined
    return { problem: cause.message, hint }
  }
}

/** A file that is no UTF-8 in its comments alone, as editors of Latin-1 leave it; undefined of any other. */
function readOtherEncoding(bytes: Uint8Array, file: string): ConfigFile | undefined {
  const text = new TextDecoder('utf-8').decode(bytes)
  if (text.includes('\0')) return undefined
  let isValue = false
  const document = parseDocument(text)
  visit(document, {
    Scalar: (_, { source, value }) => {
      if (`${source ?? ''}${String(value)}`.includes(replacement)) isValue = true
    },
  })
  const isRead = document.errors.length === 0 && isMap(document.contents) && !isValue
  return isRead ? readText(text.replace(/\r\n?/g, '\n'), file) : undefined
}

function readText(text: string, file: string): ConfigFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const fault = yamlFault(document, lines)
  if (fault !== undefined) return { problem: `Expected '${file}' to be YAML or JSON: ${fault}` }
  const { contents } = document
  // Comments alone are an empty map.
  if (contents === null || (isScalar(contents) && asWritten(contents) === '')) {
    return { entries: new Map() }
  }
  if (isMap(contents)) {
    try {
      return { entries: new Map(entriesOf(document, contents)) }
    } catch {
      // YAML's own message names it, which may be a part of a password.
      const reason = 'an alias (*) stands for itself, or for far too much'
      return { problem: `Expected '${file}' to be YAML or JSON: ${reason}` }
    }
  }
  const got = isSeq(contents) ? 'a list' : 'one value'
  return { problem: `Expected '${file}' to be a map of flags and values, got ${got}` }
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
