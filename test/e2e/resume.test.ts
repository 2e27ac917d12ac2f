// `--resume` of the built command: a run that was killed is completed, each image asked once more at most.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'node:test'
import { answerOfRow, readCsv, runCli, startCli, tempFolder } from '../helpers/cli.ts'
import { repoPath } from '../helpers/paths.ts'
import { labelsFile, models } from './chain.ts'

const flags = (output: string) => [
  ...['-i', repoPath('data', 'sample'), '-l', labelsFile, '--name', 'local', '-o', output],
  ...['--models', models('model'), '--engine', 'wasm', '--max-in-flight', '1'],
]

const answersOf = (file: string) =>
  readCsv(file).map((row) => [row.Test, row.File, row.Exit, answerOfRow(row)])

/** Rows that are in the file by now, less its header. */
const rowsIn = (file: string) =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 2 : 0

test('SIGKILL in mid-run, then --resume: the CSV of a whole run, no row twice', async () => {
  const whole = join(tempFolder(), 'whole.csv')
  assert.equal((await runCli(flags(whole))).code, 0)

  const file = join(tempFolder(), 'results.csv')
  const killed = startCli(flags(file))
  while (rowsIn(file) < 5) await sleep(5)
  assert.equal((await killed.stop('SIGKILL')).signal, 'SIGKILL')
  const before = rowsIn(file)
  assert.ok(before < 60, 'it was killed before its end')

  // At once: the lock of the one that was killed is waited for.
  const resumed = await runCli([...flags(file), '--resume'])
  assert.equal(resumed.code, 0, resumed.stderr)
  assert.match(resumed.stdout, new RegExp(`Resumed: ${before} samples`))
  assert.deepEqual(answersOf(file), answersOf(whole))

  // Nothing is left to do, and nothing is changed.
  const text = readFileSync(file, 'utf8')
  const again = await runCli([...flags(file), '--resume'])
  assert.equal(again.code, 0, again.stderr)
  assert.equal(readFileSync(file, 'utf8'), text)
})

test('--resume with another input ends with exit code 2, naming what does not fit', async () => {
  const file = join(tempFolder(), 'results.csv')
  assert.equal((await runCli([...flags(file), '--limit', '10'])).code, 0)
  const text = readFileSync(file, 'utf8')
  const { code, stderr } = await runCli([...flags(file), '--resume'])
  assert.equal(code, 2, stderr)
  assert.match(stderr, /of this input/)
  assert.equal(readFileSync(file, 'utf8'), text)
})
