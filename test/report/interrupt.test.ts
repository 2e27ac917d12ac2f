// Ctrl-C and kill -9 in the middle of a run leave a CSV of whole rows.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openCsvReport } from '../../src/report/csv.ts'
import { outcomeOf, tempFolder } from './outcomes.ts'
import { parseLikePython } from './python-csv.ts'

const folder = tempFolder()
const writer = fileURLToPath(new URL('./writer-process.js', import.meta.url))

async function writeUntil(signal: NodeJS.Signals, file: string, waitMs: number): Promise<string> {
  const child = spawn(process.execPath, [writer, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  const ended = once(child, 'close')
  while (!output.includes('writing')) {
    assert.equal(child.exitCode, null, 'the writer came to write')
    await sleep(5)
  }
  await sleep(waitMs)
  child.kill(signal)
  await ended
  return output
}

function assertWholeRows(file: string): void {
  const text = readFileSync(file, 'utf8')
  assert.ok(text.endsWith('\n'))
  const [header, ...rows] = parseLikePython(text)
  assert.equal(header?.length, 17)
  assert.ok(rows.length > 20)
  assert.ok(rows.every((row) => row.length === 17))
  assert.deepEqual(
    rows.map((row) => Number(row[0])),
    rows.map((_, i) => i),
  )
}

for (const [signal, waits] of [
  ['SIGKILL', [0, 3, 11, 29, 53]],
  ['SIGINT', [0, 17]],
] as const) {
  test(`${signal} between rows leaves whole rows`, async () => {
    for (const waitMs of waits) {
      const file = join(folder, `${signal}-${waitMs}.csv`)
      const output = await writeUntil(signal, file, waitMs)
      assert.equal(output.includes('closed'), signal === 'SIGINT')
      assertWholeRows(file)
    }
  })
}

test('the lock of a writer that was killed ends by itself, the one of an orderly stop at once', async () => {
  const stopped = join(folder, 'stopped.csv')
  await writeUntil('SIGINT', stopped, 0)
  await (await openCsvReport({ file: stopped, form: 'full' })).close()

  const killed = join(folder, 'killed.csv')
  await writeUntil('SIGKILL', killed, 0)
  for (let tries = 0; ; tries++) {
    try {
      const csv = await openCsvReport({ file: killed, form: 'full' })
      await csv.add(outcomeOf(0))
      await csv.close()
      return
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'DDNN_OUTPUT_BUSY')
      assert.ok(tries < 200, 'the lock ended')
      await sleep(100)
    }
  }
})
