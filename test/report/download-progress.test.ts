// Progress of a download on a terminal and elsewhere, by a clock of the test.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDownloadProgress } from '../../src/report/download-progress.ts'
import { Pipe, Screen } from '../helpers/screen.ts'

test('where there is no terminal a line comes every few seconds, and one at the end of a stage', () => {
  const stream = new Pipe()
  let clock = 0
  const progress = createDownloadProgress(stream, { intervalMs: 5000, now: () => clock })
  for (let second = 0; second <= 12; second++) {
    clock = second * 1000
    progress.update('fetch', second * 1e6, 12e6)
  }
  progress.update('verify', 12e6, 12e6)
  progress.close()
  progress.close()
  assert.deepEqual(stream.text.trimEnd().split('\n'), [
    'fetch: 5.0 MB of 12.0 MB, 1.0 MB/s, 7 s left',
    'fetch: 10.0 MB of 12.0 MB, 1.0 MB/s, 2 s left',
    'fetch: 12.0 MB of 12.0 MB, 1.0 MB/s',
    'verify: 12.0 MB of 12.0 MB',
  ])
})

test('bytes that were there before count for the share, and not for the rate', () => {
  const stream = new Pipe()
  let clock = 0
  const progress = createDownloadProgress(stream, { intervalMs: 1000, now: () => clock })
  progress.update('fetch', 80e6, 100e6)
  clock = 2000
  progress.update('fetch', 90e6, 100e6)
  progress.close()
  assert.equal(stream.text, 'fetch: 90.0 MB of 100.0 MB, 5.0 MB/s, 2 s left\n')
})

test('the rate is that of the last seconds', () => {
  const stream = new Pipe()
  let clock = 0
  const progress = createDownloadProgress(stream, { intervalMs: 60_000, now: () => clock })
  for (let second = 0; second <= 30; second++) {
    clock = second * 1000
    // Fast at first, then a tenth of it.
    progress.update('fetch', second <= 10 ? second * 1e6 : 10e6 + (second - 10) * 1e5, undefined)
  }
  progress.close()
  assert.equal(stream.text, 'fetch: 12.0 MB, 100.0 kB/s\n')
})

test('on a terminal one line shows bytes, rate and time left; a stage that is done and notices stay', async () => {
  const stream = new Screen(100)
  let clock = 0
  const progress = createDownloadProgress(stream, { now: () => clock, env: { NO_COLOR: '1' } })
  progress.update('fetch', 0, 4e6)
  clock = 1000
  progress.update('fetch', 2e6, 4e6)
  assert.deepEqual(await stream.lines(), [
    'fetch  ━━━━━━━━━━━━━━━───────────────   50 %  2.0 MB of 4.0 MB  2.0 MB/s  1 s left',
  ])
  progress.notice('trying again')
  progress.update('fetch', 4e6, 4e6)
  progress.close()
  assert.deepEqual(await stream.lines(), [
    'fetch: 2.0 MB of 4.0 MB, 2.0 MB/s, 1 s left',
    'trying again',
    'fetch: 4.0 MB of 4.0 MB',
  ])
})

test('a download that stands still has a rate that falls, then none, and no time left', async () => {
  const stream = new Screen(100)
  let clock = 0
  const progress = createDownloadProgress(stream, { now: () => clock, env: { NO_COLOR: '1' } })
  for (let second = 0; second <= 2; second++) {
    clock = second * 1000
    progress.update('fetch', second * 1e6, 4e6)
  }
  const told = async () => (await stream.lines())[0]?.replace(/^.*% +/, '')
  assert.equal(await told(), '2.0 MB of 4.0 MB  1.0 MB/s  2 s left')
  clock = 8000
  await stream.resize(100)
  assert.equal(await told(), '2.0 MB of 4.0 MB  250.0 kB/s  8 s left')
  clock = 30_000
  await stream.resize(100)
  assert.equal(await told(), '2.0 MB of 4.0 MB')
  progress.close()
})
