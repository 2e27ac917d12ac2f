// --report-module: the example of the docs, and what is wrong with other modules.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { DdnnError } from '../../src/errors.ts'
import { openReportModule } from '../../src/report/module.ts'
import { repoPath } from '../helpers/paths.ts'
import { failureOf, outcomeOf, replyOf, tempFolder } from './outcomes.ts'

const folder = tempFolder()
const context = { labels: ['rose', 'iris', 'tulip'], count: 4, file: join(folder, 'matrix.json') }
const module = (name: string, text: string) => {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

test('the example of the docs writes a confusion matrix', async () => {
  const example = repoPath('docs', 'examples', 'report-confusion.js')
  const report = await openReportModule(example, context)
  await report.add(outcomeOf(0))
  await report.add(outcomeOf(1, { reply: replyOf([0, 2]) }))
  await report.add(outcomeOf(2, { label: 0, reply: replyOf([0, null]) }))
  await report.add(failureOf(3))
  await report.close()
  assert.deepEqual(JSON.parse(readFileSync(context.file, 'utf8')), {
    labels: context.labels,
    counts: [
      [1, 0, 0],
      [0, 1, 1],
      [0, 0, 0],
    ],
    failed: 1,
  })
})

for (const [what, text] of [
  ['another export', 'export const report = 1'],
  ['an export that is no function', 'export const createReport = {}'],
  ['text that does not parse', 'export const = 1'],
  ['a report without close', 'export const createReport = () => ({ add() {} })'],
  ['no report', 'export const createReport = () => undefined'],
] as const) {
  test(`a module with ${what} is DDNN_MODULE_INVALID`, async () => {
    const file = module(`${what.replaceAll(' ', '-')}.mjs`, text)
    await assert.rejects(openReportModule(file, context), code('DDNN_MODULE_INVALID', file))
  })
}

test('a module that is not there is named', async () => {
  const file = join(folder, 'missing.mjs')
  await assert.rejects(openReportModule(file, context), code('DDNN_MODULE_INVALID', file))
})

for (const [what, text] of [
  ['add', 'export const createReport = () => ({ add() { throw Error("no ink") }, close() {} })'],
  [
    'close',
    'export const createReport = () => ({ add() {}, async close() { throw Error("no ink") } })',
  ],
  ['createReport', 'export const createReport = () => { throw Error("no ink") }'],
] as const) {
  test(`an error of ${what} is DDNN_OUTPUT_FAILED`, async () => {
    const file = module(`throws-in-${what}.mjs`, text)
    const run = async () => {
      const report = await openReportModule(file, context)
      await report.add(outcomeOf(0))
      await report.close()
    }
    await assert.rejects(run(), code('DDNN_OUTPUT_FAILED', 'no ink'))
  })
}

function code(expected: string, named: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof DdnnError, String(error))
    assert.equal(error.code, expected)
    assert.ok(error.message.includes(named), error.message)
    return true
  }
}
