// A report on a terminal, and the figures of one run that nothing else shows.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reportDocument } from '../../../src/cli/json/report-document.ts'
import { makeRuns } from '../../../src/report/compare/make-runs.ts'
import { parseRunCsv } from '../../../src/report/compare/parse-run-csv.ts'
import { reportData } from '../../../src/report/compare/report-data.ts'
import { reportFigures } from '../../../src/report/compare/report-figures.ts'
import { reportPage } from '../../../src/report/compare/report-page.ts'
import { reportText } from '../../../src/report/compare/report-text.ts'
import { renderReportPage } from '../../../src/report/page/render-page.ts'
import { columnsOf } from '../../../src/report/csv-columns.ts'
import { madeRun } from './made-run.ts'

const header = columnsOf('full').join(';')
const dataOf = (...texts: readonly string[]) =>
  reportData(
    makeRuns(
      texts.map((text, i) => parseRunCsv(text, `${i}.csv`)),
      { names: texts.map((_, i) => `run ${i}`) },
    ),
  )

const rows = (...lines: readonly string[]) => `${[header, ...lines].join('\n')}\n`

/** Edge would have had two of three right; fog had one of two, and was itself passed on once. */
const passed = rows(
  '0;0;0.010000;0;0.01;0.01;;;;;;;a/1;edge;0.9;false;',
  '1;0;0.020000;0;0.01;0.02;1;0.01;0.01;;;;a/2;fog;0.9;false;',
  '2;1;0.030000;1;0.01;0.03;1;0.01;0.01;;;;b/3;fog;0.9;false;',
  '3;1;0.040000;0;0.01;0.04;0;0.01;0.03;1;0.01;0.01;b/4;cloud;0.9;false;',
)

test('what going on brought is what an exit would have said against what was said in the end', () => {
  const [run] = dataOf(passed).runs
  assert.deepEqual(
    run?.figures.passedOn.map(({ exit, there, inTheEnd }) => [
      exit,
      `${there.count} of ${there.of}`,
      `${inTheEnd.count} of ${inTheEnd.of}`,
    ]),
    [
      ['edge', '2 of 3', '2 of 3'],
      ['fog', '0 of 1', '1 of 1'],
    ],
  )
})

test('a terminal shows runs, exits, differences and changes; nothing is wider than 100 columns', () => {
  const text = reportText(dataOf(madeRun(50, { seed: 1 }), madeRun(50, { seed: 2 })))
  for (const line of [
    /│ run 0 │ +50 │ +\d+ │ +\d+\.\d % \(\d+\.\d to \d+\.\d\) │/,
    /│ edge +│ run 1 │/,
    /run 1 less run 0: 50 images of both, matched by File/,
    /│ Accuracy, points +│ +[+-]?\d+\.\d \([+-]?\d+\.\d to [+-]?\d+\.\d\) │ +[\d.]+ │/,
    /│ Right, now wrong +│ +\d+ │/,
  ]) {
    assert.match(text, line)
  }
  assert.ok(text.split('\n').every((line) => line.length <= 100))
})

test('a run without any answer has its reasons, and no figure of nothing', () => {
  const failed = rows(
    '0;0;;;;;;;;;;;a/1;;;;DDNN_REPLY_TIMEOUT: no reply',
    '1;0;;;;;;;;;;;a/2;;;;DDNN_REPLY_TIMEOUT: no reply',
    '2;0;;;;;;;;;;;a/3;;;;',
  )
  const data = dataOf(failed)
  assert.match(
    reportText(data),
    /3 without an answer: 2 DDNN_REPLY_TIMEOUT, 1 for no named reason$/,
  )
  assert.deepEqual(reportFigures(data), [])
  const { sections, headline } = reportPage(data, { thumbnails: new Map(), provenance: [] })
  assert.deepEqual(
    sections.map(({ title }) => title),
    ['The run', 'Without an answer'],
  )
  assert.deepEqual(
    headline.map(({ value }) => value),
    ['-', '-', '-', '3'],
  )
})

const dead = rows(
  '0;0;;;;;;;;;;;a/1;;;;DDNN_REPLY_TIMEOUT: no reply',
  '1;0;;;;;;;;;;;a/2;;;;DDNN_REPLY_TIMEOUT: no reply',
)
for (const [what, texts] of Object.entries({
  first: [dead, passed],
  second: [passed, dead],
  'of both': [dead, dead],
})) {
  test(`a run that answered nothing, ${what}, is compared all the same`, () => {
    const data = dataOf(...texts)
    const [comparison] = reportDocument(data, {
      createdAt: '2026-01-01T00:00:00.000Z',
      ddnn: '0',
      sha256: ['', ''],
    }).comparisons
    for (const { share } of comparison?.exits ?? []) {
      assert.deepEqual([share.difference, share.low, share.high], [null, -1, 1])
    }
    const page = reportPage(data, { thumbnails: new Map(), provenance: [] })
    for (const text of [reportText(data), renderReportPage(page)]) {
      assert.doesNotMatch(text, /NaN|Infinity|undefined/)
    }
  })
}

test('times that no run takes are not known, or known and drawn: nothing is infinite', () => {
  const texts = ['1e308', '1e304'].map((time) =>
    rows(
      `0;0;${time};0;${time};${time};;;;;;;a/1;edge;0.9;false;`,
      `1;0;0.02;${'9'.repeat(400)};0.01;0.02;;;;;;;a/2;edge;0.9;false;`,
    ),
  )
  const data = dataOf(...texts)
  assert.deepEqual(
    data.runs.map(({ figures }) => [figures.latency?.count, figures.latency?.max]),
    [
      [1, 20],
      [2, 1e307],
    ],
  )
  assert.equal(data.runs[0]?.figures.accuracy?.of, 1)
  const about = { createdAt: '2026-01-01T00:00:00.000Z', ddnn: '0', sha256: ['', ''] }
  assert.equal(reportDocument(data, about).runs.length, 2)
  const page = renderReportPage(reportPage(data, { thumbnails: new Map(), provenance: [] }))
  assert.doesNotMatch(page, /NaN|Infinity|undefined/)
})

test('names of files steer no terminal', () => {
  const text = reportText(
    makeData('\x1b[2Jrun', rows('0;0;0.01;0;0.01;0.01;;;;;;;a/1;\x1b[31medge;0.9;false;')),
  )
  assert.ok(!text.includes('\x1b'))
  assert.match(text, /\\x1b\[2Jrun/)
})

function makeData(name: string, text: string) {
  return reportData(makeRuns([parseRunCsv(text, 'x.csv')], { names: [name] }))
}

test('four numbers stand on top of one run, of two and of many', () => {
  const made = [1, 2, 3].map((seed) => madeRun(40, { seed }))
  for (const count of [1, 2, 3]) {
    const page = reportPage(dataOf(...made.slice(0, count)), {
      thumbnails: new Map(),
      provenance: [],
    })
    assert.equal(page.headline.length, 4)
    assert.ok(page.headline.every(({ value }) => value !== '' && !/NaN|undefined/.test(value)))
    const accuracy = page.headline[0]?.value ?? ''
    const form = [/^\d+\.\d %$/, /^[+-]?\d+\.\d$/, /^\d+\.\d to \d+\.\d %$/][count - 1]
    assert.match(accuracy, form ?? /^$/)
  }
})
