// Progress of a download on a terminal and elsewhere, by a clock of the test.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDownloadProgress } from '../../src/report/download-progress.ts'
import { Screen } from '../helpers/screen.ts'

test('where there is no terminal a line comes every few seconds, and one at the end of a stage', () => {
  const stream = new Screen(false)
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
    'fetch: 5.0 MB of 12.0 MB, 1.0 MB/s, 7.0 s left',
    'fetch: 10.0 MB of 12.0 MB, 1.0 MB/s, 2.0 s left',
    'fetch: 12.0 MB of 12.0 MB, 1.0 MB/s',
    'verify: 12.0 MB of 12.0 MB',
  ])
})

test('bytes that were there before count for the share, and not for the rate', () => {
  const stream = new Screen(false)
  let clock = 0
  const progress = createDownloadProgress(stream, { intervalMs: 1000, now: () => clock })
  progress.update('fetch', 80e6, 100e6)
  clock = 2000
  progress.update('fetch', 90e6, 100e6)
  progress.close()
  assert.equal(stream.text, 'fetch: 90.0 MB of 100.0 MB, 5.0 MB/s, 2.0 s left\n')
})

test('the rate is that of the last seconds', () => {
  const stream = new Screen(false)
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

test('on a terminal a bar shows bytes, rate and time left, and notices stand on lines of their own', () => {
  const stream = new Screen(true)
  let clock = 0
  const progress = createDownloadProgress(stream, { now: () => clock })
  progress.update('fetch', 0, 4e6)
  clock = 1000
  progress.update('fetch', 2e6, 4e6)
  progress.notice('trying again')
  progress.update('fetch', 4e6, 4e6)
  progress.close()
  assert.match(stream.text, /█/)
  assert.match(stream.text, /2\.0 MB of 4\.0 MB, 2\.0 MB\/s, 1\.0 s left/)
  assert.match(stream.text, /trying again\n/)
})
