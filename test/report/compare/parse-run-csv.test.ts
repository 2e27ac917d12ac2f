// CSVs of runs as ddnn, the Python original, spreadsheets and accidents leave them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeRuns } from '../../../src/report/compare/make-runs.ts'
import { parseRunCsv } from '../../../src/report/compare/parse-run-csv.ts'
import type { Run } from '../../../src/report/compare/run-row.ts'
import { columnsOf } from '../../../src/report/csv-columns.ts'
import { DdnnError } from '../../../src/errors.ts'
import { fc } from '../../helpers/property.ts'

const full = columnsOf('full').join(';')
const original = columnsOf('original').join(';')
const rows = [
  '0;0;0.050000;0;0.010000;0.020000;;;;;;;daisy/a.jpg;edge;0.990000;false;',
  '1;0;0.090000;1;0.010000;0.080000;0;0.020000;0.030000;;;;daisy/b.jpg;fog;0.800000;false;',
  '2;1;0.120000;0;0.010000;0.110000;0;0.020000;0.090000;1;0.030000;0.031000;roses/c.jpg;cloud;0.700000;false;',
  '3;1;10.000000;;;;;;;;;;roses/d.jpg;;;;DDNN_REPLY_TIMEOUT: none in time',
]
const text = [full, ...rows, ''].join('\n')

function runOf(csv: string): Run {
  const [run] = makeRuns([parseRunCsv(csv, 'run.csv')], { names: ['run'] })
  assert.ok(run)
  return run
}

/** What a row says, in a line. */
const words = (run: Run) =>
  run.rows.map(({ file, expected, prediction, exit, latencyMs, isRight, confidence }) =>
    [file, expected, prediction, run.exits[exit], latencyMs?.toFixed(0), isRight, confidence].join(
      ' ',
    ),
  )

const expected = [
  'daisy/a.jpg 0 0 edge 50 true 0.99',
  'daisy/b.jpg 0 0 fog 90 true 0.8',
  'roses/c.jpg 1 1 cloud 120 true 0.7',
  'roses/d.jpg 1   10000  ',
]

test("ddnn's own CSV is read: the answer is the deepest hop's, an error is none", () => {
  const run = runOf(text)
  assert.deepEqual(words(run), expected)
  assert.deepEqual(run.exits, ['edge', 'fog', 'cloud'])
  assert.equal(run.writer, 'ddnn')
  assert.deepEqual(
    [...run.classes],
    [
      [0, 'daisy'],
      [1, 'roses'],
    ],
  )
  assert.equal(run.rows[3]?.error, 'DDNN_REPLY_TIMEOUT: none in time')
})

const quoted = (csv: string, separator: string) =>
  csv
    .trimEnd()
    .split('\n')
    .map((line) =>
      line
        .split(';')
        .map((cell) => `"${cell}"`)
        .join(separator),
    )
    .join('\n')

const forms: Readonly<Record<string, string>> = {
  'all cells quoted, commas between': `${quoted(text, ',')}\n`,
  'tabs between': text.replaceAll(';', '\t'),
  'a line for spreadsheets before it': `sep=;\n${text}`,
  'decimal commas': text.replaceAll(/(\d)\.(\d)/g, '$1,$2'),
  'decimal commas in quotes between commas': `${quoted(text.replaceAll(/(\d)\.(\d)/g, '$1,$2'), ',')}\n`,
  'class indices as pandas writes columns with gaps': text.replaceAll(
    /;(\d);(0\.01|0\.02|0\.03)/g,
    ';$1.0;$2',
  ),
  'spaces around cells, names in lower case': text
    .replace(full, full.toLowerCase())
    .replaceAll(';', ' ; '),
  'no end of its last line': text.trimEnd(),
  'empty lines': text.replaceAll('\n', '\n\n'),
  'columns turned around': text
    .split('\n')
    .map((line) => line.split(';').toReversed().join(';'))
    .join('\n'),
  'columns of others beside': text
    .trimEnd()
    .split('\n')
    .map((line, i) => `${i === 0 ? 'note' : '"a;b"'};${line}`)
    .join('\n'),
}

const [firstLine = '', ...otherLines] = quoted(text, ',').split('\n')
Object.assign(forms, {
  'a line break in a cell of each row': [
    `"note",${firstLine}`,
    ...otherLines.map((line) => `"one\n""two"",\n\nthree",${line}`),
    '',
  ].join('\n'),
  'a line break in a cell of its first line': [
    `"my\nnote",${firstLine}`,
    ...otherLines.map((line) => `"x",${line}`),
    '',
  ].join('\n'),
  'quotes within cells that are not quoted': text
    .trimEnd()
    .split('\n')
    .map((line, i) => `${line};${i === 0 ? 'note' : 'a 5" one'}`)
    .join('\n'),
})

for (const [what, form] of Object.entries(forms)) {
  test(`a CSV with ${what} says the same`, () => {
    const run = runOf(form)
    assert.deepEqual([words(run), run.notes], [expected, []])
  })
}

test('a last row that was cut off is left out and told of, as are rows of other cells', () => {
  const cut = runOf(`${text}4;1;0.05`)
  assert.deepEqual(words(cut), expected)
  assert.match(cut.notes.join(), /last row was cut off/)
  const odd = runOf(text.replace('\n1;0', '\n5;5\n1;0'))
  assert.deepEqual(words(odd), expected)
  assert.match(odd.notes.join(), /1 row was left out, the first in line 3/)
})

test('a quote that is never closed costs its row alone, wherever another one stands', () => {
  for (const last of [rows[3] ?? '', `"3"${rows[3]?.slice(1)}`]) {
    const run = runOf([full, rows[0], '"1;0;0.05', rows[1], rows[2], last, ''].join('\n'))
    assert.deepEqual(words(run), expected)
    assert.match(run.notes.join(), /1 row was left out, the first in line 3/)
  }
})

test('rows are named by their line in the file, line breaks within cells counted', () => {
  const noted = [`${full};note`, `${rows[0]};"a\nb\nc"`, '5;5', `${rows[1]};`, ''].join('\n')
  assert.match(runOf(noted).notes.join(), /1 row was left out, the first in line 5/)
})

test('a file that is cut anywhere gives the rows before the cut, and never one that was not there', () => {
  fc.assert(
    fc.property(fc.integer({ min: full.length + rows[0]!.length + 2, max: text.length }), (end) => {
      const read = words(runOf(text.slice(0, end)))
      const whole = read.slice(0, -1)
      assert.deepEqual(whole, expected.slice(0, whole.length))
    }),
  )
})

test('whatever a file holds, it is read or refused with what to do', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(';', '"', '\n', ',', '1', 'x', full, original)),
      (parts) => {
        try {
          parseRunCsv(parts.join(''), 'x.csv')
        } catch (thrown) {
          assert.ok(thrown instanceof DdnnError, String(thrown))
          assert.ok(thrown.hint)
        }
      },
    ),
  )
})

for (const [what, csv, says] of [
  ['an empty file', '', /got an empty first line/],
  ['a photo list', 'name,label\na,b\n', /got 'name,label'/],
  ['evaluation.csv', 'File;Label;edge_Prediction;Exit;Prediction;Right;Error\n', /got 'File;Label/],
  ['a header alone', `${full}\n`, /got its first line alone/],
  ['rows of other cells alone', `${full}\n1;2\n`, /got 1 rows of other cells/],
  ['a column twice', `${original};Test\n`, /'Test' twice/],
] as const) {
  test(`${what} is refused`, () => {
    assert.throws(
      () => parseRunCsv(csv, 'x.csv'),
      (thrown) =>
        thrown instanceof DdnnError && says.test(thrown.message) && thrown.hint !== undefined,
    )
  })
}

test('a fourth tier has no columns: its answers are not taken for those of the third', () => {
  const hops = (wait: string) => `1;0.01;0.09;1;0.01;0.08;1;0.010000;${wait}`
  const csv = [
    full,
    `0;0;0.1;${hops('0.011000')};daisy/a.jpg;third;0.9;false;`,
    `1;0;0.1;${hops('0.060000')};daisy/b.jpg;fourth;0.9;false;`,
    '',
  ].join('\n')
  const run = runOf(csv)
  assert.deepEqual(run.exits, ['third', 'fourth'])
  assert.deepEqual(
    run.rows.map(({ isRight }) => isRight),
    [false, undefined],
  )
  assert.match(run.notes.join(), /fourth: the CSV has columns for three hops/)
})

test('exits with numbers are counted: a sixth of which the third never answered is none of three hops', () => {
  const csv = [
    full,
    '0;0;0.1;0;0.01;0.02;;;;;;;daisy/a.jpg;model_1;0.9;false;',
    '1;0;0.1;1;0.01;0.09;1;0.01;0.08;0;0.010000;0.060000;daisy/b.jpg;model_6;0.9;false;',
    '',
  ].join('\n')
  assert.deepEqual(
    runOf(csv).rows.map(({ isRight }) => isRight),
    [true, undefined],
  )
  assert.deepEqual(
    runOf(csv.replaceAll('model_6', 'model_3')).rows.map(({ isRight }) => isRight),
    [true, true],
  )
})

test('replicas with numbers are not counted', () => {
  const early = (i: number) => `${i};0;0.1;0;0.01;0.02;;;;;;;daisy/${i}.jpg;node-${i};0.9;false;`
  const late = '9;0;0.1;1;0.01;0.09;1;0.01;0.08;0;0.010000;0.060000;daisy/b.jpg;node-9;0.9;false;'
  const [, , last] = runOf([full, early(1), early(2), late, ''].join('\n')).rows
  assert.equal(last?.isRight, true)
})

test('a third tier that fell back waited longest, and is the third all the same', () => {
  const hops = (wait: string) => `1;0.01;0.09;1;0.01;0.08;0;0.010000;${wait}`
  const csv = [
    full,
    `0;0;2.1;${hops('2.000000')};daisy/a.jpg;third;0.9;true;`,
    `1;0;0.1;${hops('0.060000')};daisy/b.jpg;fourth;0.9;false;`,
    '',
  ].join('\n')
  const run = runOf(csv)
  assert.deepEqual(run.exits, ['third', 'fourth'])
  assert.deepEqual(
    run.rows.map(({ isRight }) => isRight),
    [true, undefined],
  )
})

test('replicas of the last tier are exits of their own, and their answers count', () => {
  const hops = '1;0.01;0.09;1;0.01;0.08;0;0.010000'
  const csv = [
    full,
    `0;0;0.1;${hops};0.011000;daisy/a.jpg;cloud-1;0.9;false;`,
    `1;0;0.1;${hops};0.012000;daisy/b.jpg;cloud-2;0.9;false;`,
    '',
  ].join('\n')
  assert.deepEqual(
    runOf(csv).rows.map(({ isRight }) => isRight),
    [true, true],
  )
})

test("a tier's CSV knows no truth, and names requests in place of images", () => {
  const run = runOf([full, '0;;0.05;0;0.01;0.05;;;;;;;5f1c;edge;0.99;false;', ''].join('\n'))
  assert.equal(run.writer, 'tier')
  assert.equal(run.truth.kind, 'none')
  assert.deepEqual(words(run), ['5f1c  0 edge 50  0.99'])
})
