// A report module (--report-module) that writes each outcome as a line of JSON: all that a device knows
// of an answer, where the CSV has only classes. PACE_MS is waited after each, so that a run lasts.
import { appendFile, writeFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'

export async function createReport({ file }) {
  const paceMs = Number(process.env.PACE_MS ?? 0)
  await writeFile(file, '')
  return {
    async add(outcome) {
      await appendFile(file, `${JSON.stringify(outcome)}\n`)
      if (paceMs > 0) await setTimeout(paceMs)
    },
    close() {},
  }
}
