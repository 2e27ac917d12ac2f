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
import type { Report } from '../../src/report/report.ts'
import { outcomeOf, tempFolder } from './outcomes.ts'
import { parseLikePython } from './python-csv.ts'

const folder = tempFolder()
const writer = fileURLToPath(new URL('./writer-process.js', import.meta.url))

function startWriter(file: string) {
  const child = spawn(process.execPath, [writer, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  const ended = once(child, 'close').then(() => output)
  const writing = new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (output.includes('writing')) resolve()
    })
    void ended.then(() => reject(new Error('the writer ended before it wrote')))
  })
  return { child, writing, ended }
}

async function writeUntil(signal: NodeJS.Signals, file: string, waitMs: number): Promise<string> {
  const { child, writing, ended } = startWriter(file)
  await writing
  await sleep(waitMs)
  child.kill(signal)
  return ended
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

test('the lock of an orderly stop ends at once', async () => {
  const file = join(folder, 'stopped.csv')
  await writeUntil('SIGINT', file, 0)
  await (await openCsvReport({ file, form: 'full' })).close()
})

test('the lock of a writer that was killed ends by itself', async () => {
  const file = join(folder, 'killed.csv')
  await writeUntil('SIGKILL', file, 0)
  const csv = await openWhenFree(file)
  await csv.add(outcomeOf(0))
  await csv.close()
})

test('a writer that was frozen until another took its file writes no more', async () => {
  const file = join(folder, 'frozen.csv')
  const frozen = startWriter(file)
  await frozen.writing
  frozen.child.kill('SIGSTOP')
  const csv = await openWhenFree(file)
  frozen.child.kill('SIGCONT')
  const output = await frozen.ended
  assert.match(output, /failed: DDNN_OUTPUT_BUSY/)
  const before = readFileSync(file, 'utf8')
  await csv.add(outcomeOf(7, { file: 'of the new writer.jpg' }))
  await csv.close()
  const text = readFileSync(file, 'utf8')
  assert.equal(text.slice(0, before.length), before)
  assert.match(text.slice(before.length), /^7;.*of the new writer.jpg;.*\n$/)
})

/** Tries until the lock of whoever had the file is over. */
async function openWhenFree(file: string): Promise<Report> {
  for (let tries = 0; ; tries++) {
    try {
      return await openCsvReport({ file, form: 'full' })
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'DDNN_OUTPUT_BUSY')
      assert.ok(tries < 200, 'the lock ended')
      await sleep(100)
    }
  }
}
