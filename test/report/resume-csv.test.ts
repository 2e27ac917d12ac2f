// `--resume` of a device's CSV: what is kept, what is asked again, what is refused.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fc } from '../helpers/property.ts'
import type { Outcome } from '../../src/domain/outcome.ts'
import { ConfigError } from '../../src/errors.ts'
import { openCsvReport } from '../../src/report/csv.ts'
import { readRecords } from '../../src/report/csv-records.ts'
import { createOrdered } from '../../src/report/ordered.ts'
import { resumeCsvReport } from '../../src/report/resume-csv.ts'
import { failureOf, outcomeOf, tempFolder } from './outcomes.ts'
import { parseLikePython } from './python-csv.ts'

const folder = tempFolder()
let files = 0
const newFile = () => join(folder, `${files++}.csv`)

/** Samples with names that a CSV must quote. */
const samples = Array.from({ length: 12 }, (_, index) => {
  return outcomeOf(index, { file: index % 3 === 0 ? `a;"b"\n/${index}.jpg` : `a/${index}.jpg` })
})

async function begin(outcomes: readonly Outcome[]): Promise<string> {
  const file = newFile()
  const csv = await openCsvReport({ file, form: 'full' })
  for (const outcome of outcomes) await csv.add(outcome)
  await csv.close()
  return file
}

/** Resumes, answers what is missing in any order, and gives the indices that were asked. */
async function complete(file: string, backwards = false): Promise<readonly number[]> {
  const { report, answered } = await resumeCsvReport(file, samples)
  const ordered = createOrdered(report, answered)
  const rest = samples.filter(({ index }) => !answered.has(index))
  const added = (backwards ? rest.toReversed() : rest).map((outcome) => ordered.add(outcome))
  await Promise.all(added)
  await ordered.close()
  return rest.map(({ index }) => index)
}

const whole = readFileSync(await begin(samples), 'utf8')

test('a CSV that was cut off after any byte is completed to what a whole run writes', async () => {
  const bytes = Buffer.from(whole)
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length), fc.boolean(), async (length, backwards) => {
      const file = newFile()
      writeFileSync(file, bytes.subarray(0, length))
      const kept = Math.max(0, [...readRecords(bytes.toString('utf8', 0, length))].length - 1)
      const asked = await complete(file, backwards)
      assert.equal(asked.length, samples.length - kept)
      assert.equal(readFileSync(file, 'utf8'), whole)
    }),
    { seed: 7, numRuns: 60 },
  )
})

test('gaps that an interrupt left are filled, and the rows are in sample order at the end', async () => {
  const file = await begin(samples.filter(({ index }) => ![2, 3, 9].includes(index)))
  assert.deepEqual(await complete(file), [2, 3, 9])
  assert.equal(readFileSync(file, 'utf8'), whole)
})

test('rows of a second end in between are kept too', async () => {
  const file = await begin(samples.filter(({ index }) => index !== 1 && index !== 5))
  const { report, answered } = await resumeCsvReport(file, samples)
  assert.equal(answered.size, 10)
  await report.add(samples[5] as Outcome)
  await report.close()
  assert.deepEqual(await complete(file), [1])
  assert.equal(readFileSync(file, 'utf8'), whole)
})

test('a sample whose row has an error, or the prediction -1, is asked again and has one row', async () => {
  const failed = samples.map((outcome) =>
    outcome.index % 4 === 0 ? { ...failureOf(outcome.index), file: outcome.file } : outcome,
  )
  const file = await begin(failed)
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replace('\n1;1;0.025000;1;', '\n1;1;0.025000;-1;'))
  assert.deepEqual(await complete(file), [0, 1, 4, 8])
  assert.equal(readFileSync(file, 'utf8'), whole)
})

test('a file that is not there is begun', async () => {
  const file = newFile()
  assert.equal((await complete(file)).length, samples.length)
  assert.equal(readFileSync(file, 'utf8'), whole)
})

const header = whole.slice(0, whole.indexOf('\n') + 1)
const mistakes: readonly [title: string, text: string, named: RegExp][] = [
  ['other columns', 'a;b;c\n1;2;3\n', /columns of --csv full/],
  ['half a line of another file', 'Hello', /columns of --csv full/],
  ['an image that the input has not', whole.replace('a/4.jpg', 'b/4.jpg'), /'b\/4\.jpg'/],
  ['another number of an image', whole.replace('\n4;', '\n5;'), /'a\/4\.jpg' as number 5/],
  ['another label of an image', whole.replace('\n4;1;', '\n4;2;'), /of this input/],
  ['an image twice', whole + ([...readRecords(whole)][2]?.line ?? ''), /'a\/1\.jpg' twice/],
  ['a row of fewer cells', `${header}0;1;2\n`, /of this input/],
]
for (const [title, text, named] of mistakes) {
  test(`a CSV with ${title} is refused and left as it was`, async () => {
    const file = newFile()
    writeFileSync(file, text)
    await assert.rejects(
      resumeCsvReport(file, samples),
      (error) =>
        error instanceof ConfigError &&
        error.code === 'DDNN_CONFIG_INVALID' &&
        named.test(error.message),
    )
    assert.equal(readFileSync(file, 'utf8'), text)
    assert.equal(existsSync(`${file}.part`), false)
    assert.equal(existsSync(`${file}.lock`), false)
  })
}

test('records are read back as Python reads them', () => {
  const cell = fc.stringMatching(/^[a"; \n=]{0,6}$/)
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 1, maxLength: 4 })), (rows) => {
      const quote = (text: string) =>
        /[";\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
      const lines = rows.map((cells) => `${cells.map(quote).join(';')}\n`).join('')
      const records = [...readRecords(lines)]
      assert.deepEqual(
        records.map(({ cells }) => cells),
        parseLikePython(lines),
      )
      assert.equal(records.map(({ line }) => line).join(''), lines)
    }),
    { seed: 7 },
  )
})
