// A disk that is full: a file system of 64 KiB where this process may mount one, else /dev/full.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { DdnnError } from '../../src/errors.ts'
import { openCsvReport } from '../../src/report/csv.ts'
import { columnsOf } from '../../src/report/csv-columns.ts'
import { openCsvFile } from '../../src/report/csv-file.ts'
import { openHtmlReport } from '../../src/report/html.ts'
import { openTierCsv } from '../../src/report/tier-csv.ts'
import { outcomeOf, replyOf } from './outcomes.ts'

const folder = mkdtempSync(join(tmpdir(), 'ddnn-full-'))
const small = join(folder, 'small')
mkdirSync(small)
const isMounted =
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'ddnn-test', small]).status === 0
after(() => {
  if (isMounted) spawnSync('umount', [small])
  rmSync(folder, { recursive: true })
})

const failed = (error: unknown) => error instanceof DdnnError && error.code === 'DDNN_OUTPUT_FAILED'

/** Rows of a file, each of them whole. */
function wholeRows(file: string): readonly string[][] {
  const text = readFileSync(file, 'utf8')
  assert.ok(text.endsWith('\n'), 'the last row is cut off')
  const rows = text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(';'))
  for (const row of rows) assert.equal(row.length, columnsOf('full').length)
  return rows.slice(1)
}

function createSink() {
  const lines: { level: string; facts: object; message: string }[] = []
  const at = (level: string) => (facts: object, message: string) =>
    void lines.push({ level, facts, message })
  return { lines, log: { error: at('error'), warn: at('warn') } }
}

if (isMounted) {
  test('a device names the full disk; its rows so far are whole, each in its place', async () => {
    const file = join(small, 'results.csv')
    const csv = await openCsvReport({ file, form: 'full' })
    let told = 0
    await assert.rejects(async () => {
      for (;;) {
        await csv.add(outcomeOf(told))
        told++
      }
    }, failed)
    await assert.rejects(csv.add(outcomeOf(told)), failed)
    await assert.rejects(csv.close(), failed)
    const rows = wholeRows(file)
    assert.ok(told > 100, String(told))
    assert.deepEqual(
      rows.map(([index]) => Number(index)),
      Array.from({ length: told }, (_, i) => i),
    )
    rmSync(file)
  })

  test('rows that went together are in the file together, or not at all', async () => {
    const file = join(small, 'together.csv')
    const csv = await openCsvFile({ file, columns: ['n', 'text'], mode: 'replace' })
    await csv.append(['0', 'x'.repeat(20_000)])
    // The first goes alone; those that come meanwhile go in the next write, which does not fit.
    const sent = [1, 2, 3].map((n) => csv.append([String(n), 'y'.repeat(30_000)]))
    const settled = await Promise.allSettled(sent)
    const kept = settled.filter(({ status }) => status === 'fulfilled').length
    assert.ok(kept < 3)
    await assert.rejects(csv.close(), failed)
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    assert.deepEqual(
      lines.map((line) => line.split(';')[0]),
      ['n', ...Array.from({ length: kept + 1 }, (_, n) => String(n))],
    )
    rmSync(file)
  })

  test('a tier goes on: rows are dropped and counted, and written again when there is room', async () => {
    const file = join(small, 'tier.csv')
    const filler = join(small, 'filler')
    const { log, lines } = createSink()
    const csv = await openTierCsv({ csvFile: file, csvForm: 'full', retryMs: 50 }, log)
    csv?.add('first', replyOf([1]))
    await sleep(20)
    // All but nothing of the disk: what is left of the file's own page fills up soon.
    spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=1k', 'count=64'])
    let added = 1
    while (lines.length === 0) {
      csv?.add(`lost-${added++}`, replyOf([1]))
      await sleep(1)
    }
    for (let i = 0; i < 1000; i++) csv?.add(`lost-${added++}`, replyOf([1]))
    rmSync(filler)
    await sleep(60)
    for (let i = 0; i < 3; i++) csv?.add(`again-${i}`, replyOf([1]))
    added += 3
    await csv?.close()
    assert.deepEqual(
      lines.map(({ level }) => level),
      ['error', 'warn'],
    )
    const rows = wholeRows(file)
    const { dropped } = lines[1]?.facts as { dropped: number }
    assert.ok(dropped >= 1000)
    assert.equal(rows.length + dropped, added, 'each row is in the file or counted as dropped')
    assert.deepEqual(
      rows.map(([index]) => Number(index)),
      rows.map((_, i) => i),
    )
    assert.deepEqual(
      rows.slice(-3).map((row) => row[12]),
      ['again-0', 'again-1', 'again-2'],
    )
    rmSync(file)
  })

  test('a page that does not fit leaves nothing half written', async () => {
    const file = join(small, 'run.html')
    const html = await openHtmlReport({ file, title: 'run', labels: ['a', 'b', 'c'] })
    for (let i = 0; i < 1000; i++) await html.add(outcomeOf(i))
    await assert.rejects(html.close(), failed)
    // The room is there again.
    writeFileSync(join(small, 'other'), 'x'.repeat(50_000))
    rmSync(join(small, 'other'))
  })
}

test('rows that wait for the disk are bounded: what comes faster is dropped and counted', async () => {
  const file = join(folder, 'lost.csv')
  const { log, lines } = createSink()
  const csv = await openTierCsv({ csvFile: file, csvForm: 'full', retryMs: 3_600_000 }, log)
  const reply = replyOf([1])
  // Faster than any disk: what is more than may wait is dropped.
  for (let i = 0; i < 200_000; i++) csv?.add(String(i), reply)
  assert.equal(lines.length, 1)
  assert.match(lines[0]?.message ?? '', /slower than the answers/)
  await csv?.close()
  assert.equal(wholeRows(file).length, 10_000)
})

test('a full disk at the start is named at once', async () => {
  await assert.rejects(openCsvReport({ file: '/dev/full', form: 'full' }), failed)
  await assert.rejects(openTierCsv({ csvFile: '/dev/full', csvForm: 'full' }), failed)
})
