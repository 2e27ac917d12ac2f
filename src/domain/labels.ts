// Names of classes. They are compared by hash over the wire, since a list in another order answers wrongly in silence.
import { createHash } from 'node:crypto'

/**
 * One form of a name that looks one way: macOS takes letters and their accents apart, all others keep them together,
 * and both are the same label (Unicode's NFC).
 */
export function toLabel(name: string): string {
  return name.normalize('NFC')
}

/** Short hash of a list of labels, in their order; carried by requests and replies. */
export function hashLabels(labels: readonly string[]): string {
  const text = JSON.stringify(labels.map(toLabel))
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
