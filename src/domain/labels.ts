// Labels are compared by hash over the wire, since a list in another order answers wrongly in silence.
import { createHash } from 'node:crypto'

/** Short hash of a list of labels, in their order; carried by requests and replies. */
export function hashLabels(labels: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(labels)).digest('hex').slice(0, 16)
}
