// A process that writes a CSV without end, for the test that kills it: rows of all lengths, some of
// them quoted. Usage: node writer-process.js FILE
import { setTimeout as sleep } from 'node:timers/promises'
import { openCsvReport } from '../../src/report/csv.ts'
import { createOrdered } from '../../src/report/ordered.ts'
import { outcomeOf } from './outcomes.ts'

const csv = createOrdered(
  await openCsvReport({ file: process.argv[2] ?? 'results.csv', form: 'full' }),
)
let isStopping = false
process.on('SIGINT', () => (isStopping = true))
try {
  for (let index = 0; !isStopping; index++) {
    const file = `folder;${'"x" '.repeat(index % 50)}/${index}.jpg`
    await csv.add(outcomeOf(index, { file }))
    if (index === 20) process.stdout.write('writing\n')
    // A run takes its time; without, the file of a minute would fill a disk.
    if (index > 200) await sleep(5)
  }
  await csv.close()
  process.stdout.write('closed\n')
} catch (error) {
  process.stdout.write(`failed: ${(error as { code?: string }).code}\n`)
  await csv.close().catch(() => undefined)
}
