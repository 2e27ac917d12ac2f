// What doctor says of the files that a run is to write.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Config } from '../../../src/cli/config.ts'
import { Examination } from '../../../src/lab/doctor/examination.ts'
import { checkOutput } from '../../../src/lab/doctor/files.ts'

test('one file for the CSV and the page is as wrong to doctor as to the run', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ddnn-doctor-'))
  const file = join(folder, 'out')
  const { signal } = new AbortController()
  const statusOf = async (htmlFile: string) => {
    const exam = new Examination({ timeoutMs: 5000, signal, onResult: () => undefined })
    const output = { csvFile: file, htmlFile, csvForm: 'full', resume: false }
    await checkOutput(exam, { role: 'device', output } as unknown as Config)
    return exam.results.map(({ status }) => status)
  }
  assert.deepEqual(await statusOf(`${folder}/../${folder.split('/').at(-1)}/out`), ['ok', 'failed'])
  assert.deepEqual(await statusOf(`${file}.html`), ['ok', 'ok'])
  rmSync(folder, { recursive: true })
})
