// --report-module docs/examples/report-confusion.js
// In place of the CSV: a confusion matrix as JSON, written to --output (results.csv by default).
import { writeFile } from 'node:fs/promises'

/**
 * Called once, before the first sample.
 * @param {{ labels: string[], count: number, file: string | undefined }} run
 *   the labels, how many samples there will be, and what --output says
 * @returns {{ add(outcome): void | Promise<void>, close(): void | Promise<void> }}
 *   add is told of every sample in order, one call at a time; close is called once at the end, also
 *   after an interrupt
 */
export function createReport({ labels, file }) {
  // counts[truth][prediction]
  const counts = labels.map(() => labels.map(() => 0))
  let failed = 0
  return {
    add({ label, reply }) {
      const answer = deepest(reply)
      if (answer === undefined) failed++
      else counts[label][answer.prediction]++
    },
    async close() {
      await writeFile(file, `${JSON.stringify({ labels, counts, failed }, null, 2)}\n`)
    },
  }
}

/** Each tier that offloaded holds the next tier's reply in `next`; the deepest result answers. */
function deepest(reply) {
  if (reply === undefined) return undefined
  return deepest(reply.next) ?? reply.result
}
