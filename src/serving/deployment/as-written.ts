// Scalars of YAML and JSON as their file writes them: a password of digits, a topic 1.10 and a name 0123 are texts
// wherever a text is asked for, whatever YAML takes them for.
import { isPair, isScalar, Scalar, visit, type Document } from 'yaml'

/** '1.10' of `topic: 1.10`, 'null' of `name: null`; of a quoted or block scalar its content. */
export function asWritten(scalar: Scalar): string {
  const isPlain = scalar.type === Scalar.PLAIN && scalar.source !== undefined
  return isPlain ? (scalar.source ?? '') : String(scalar.value)
}

/**
 * Makes texts of the scalars under these keys, in lists too; under `keepBooleans` true and false stay. An empty
 * value stays what it is: none.
 */
export function keepAsWritten(
  document: Document,
  { texts, keepBooleans }: Readonly<Record<'texts' | 'keepBooleans', readonly string[]>>,
): void {
  visit(document, {
    Scalar(key, node, path) {
      if (key === 'key' || node.type !== Scalar.PLAIN || asWritten(node) === '') return
      const keys = path.flatMap((one) => (isPair(one) && isScalar(one.key) ? [one.key.value] : []))
      const isText = texts.some((name) => keys.at(-1) === name)
      const isFlag = keepBooleans.some((name) => keys.slice(0, -1).includes(name))
      if (isText || (isFlag && typeof node.value !== 'boolean')) node.value = asWritten(node)
    },
  })
}
