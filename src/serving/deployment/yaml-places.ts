// Where a key stands in a YAML text: a path of keys to its line, for messages.
import { isMap, isNode, isSeq, LineCounter, parseDocument, type Document } from 'yaml'
import { keepAsWritten } from './as-written.ts'
import { yamlFault } from './yaml-fault.ts'

export interface YamlText {
  /** Undefined for an empty file. */
  readonly value: unknown
  /** From 1, of the deepest part of the path that is there; undefined for an empty file. */
  lineOf(path: readonly PropertyKey[]): number | undefined
}

/** @throws {Error} with the reason and the line where the text is no YAML. */
export function readYamlText(text: string): YamlText {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const fault = yamlFault(document, lines)
  if (fault !== undefined) throw new Error(fault)
  keepAsWritten(document, {
    texts: ['name', 'models', 'requests', 'replies', 'brokers', 'between'],
    keepBooleans: ['flags'],
  })
  return {
    value: document.toJS() as unknown,
    lineOf: (path) => {
      const offset = offsetOf(document, path)
      return offset === undefined ? undefined : lines.linePos(offset).line
    },
  }
}

/** Of a map's entry where its key begins. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number | undefined {
  let node: unknown = document.contents
  let offset = document.contents?.range?.[0]
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key: name }) => String(name) === String(key))
      if (pair === undefined) return offset
      offset = rangeOf(pair.key) ?? offset
      node = pair.value
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(key)]
      if (item === undefined) return offset
      offset = rangeOf(item) ?? offset
      node = item
    } else return offset
  }
  return offset
}

function rangeOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined
}
