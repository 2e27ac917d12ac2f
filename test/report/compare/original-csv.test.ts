// CSVs of the Python original: what its Expected_result lost, what brings it back, and how runs of both are held together.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareRuns } from '../../../src/report/compare/compare-runs.ts'
import { makeRuns } from '../../../src/report/compare/make-runs.ts'
import { measureRun } from '../../../src/report/compare/measure-run.ts'
import { parseRunCsv } from '../../../src/report/compare/parse-run-csv.ts'
import { columnsOf } from '../../../src/report/csv-columns.ts'

const header = columnsOf('original').join(';')

/** Images of three classes: label, answer, and hops that took part. */
const images = [
  [0, 0, 1],
  [0, 2, 2],
  [1, 1, 1],
  [1, 0, 3],
  [2, 2, 1],
  [2, 2, 2],
] as const

const truth = images.map(([label]) => label)

/**
 * As output_results.py writes them: element 0 of the one-hot label, all digits of a time, and the raw input of a tier
 * that did not exit as its prediction.
 */
function pythonCsv(
  expectedOf: (label: number) => string = (label) => (label === 0 ? '1.0' : '0.0'),
): string {
  const lines = images.map(([label, answer, depth], i) => {
    const hops = [1, 2, 3].map((hop) => {
      if (hop > depth) return ';;'
      return `${hop === depth ? answer : 40213 + i};0.0123456789${i};1.2e-02`
    })
    return `${i};${expectedOf(label)};0.05230123200000${i};${hops.join(';')}`
  })
  return `${[header, ...lines].join('\n')}\n`
}

/** The same images as ddnn writes them. */
function ddnnCsv(): string {
  const lines = images.map(
    ([label, answer], i) =>
      `${i};${label};0.050000;${answer};0.010000;0.020000;;;;;;;${label}/${i}.jpg;edge;0.9;false;`,
  )
  return `${[columnsOf('full').join(';'), ...lines].join('\n')}\n`
}

const runsOf = (texts: readonly string[], options: Partial<Parameters<typeof makeRuns>[1]> = {}) =>
  makeRuns(
    texts.map((text, i) => parseRunCsv(text, `${i}.csv`)),
    { names: texts.map((_, i) => `run ${i}`), ...options },
  )

test("the original's answers are those of its deepest hop, not the raw input of the others", () => {
  const [run] = runsOf([pythonCsv()])
  assert.deepEqual(
    run?.rows.map(({ prediction }) => prediction),
    images.map(([, answer]) => answer),
  )
  assert.deepEqual(
    run?.rows.map(({ exit }) => run.exits[exit]),
    images.map(([, , depth]) => ['edge', 'fog', 'cloud'][depth - 1]),
  )
  assert.equal(run?.rows[0]?.latencyMs?.toFixed(3), '52.301')
})

test('its Expected_result tells the first class from the others alone: accuracy is a range, and why is said', () => {
  const [run] = runsOf([pythonCsv()])
  assert.ok(run)
  assert.equal(run.truth.kind, 'one-hot')
  assert.match(run.truth.note ?? '', /fault of the Python original.*Pass the --input and --labels/)
  const figures = measureRun(run)
  assert.equal(figures.accuracy, undefined)
  // Right for sure: image 0. Wrong for sure: 1 (2 for the first class) and 3 (the first class for another). The rest is open.
  assert.deepEqual(figures.accuracyRange, { low: 1 / 6, high: 4 / 6 })
  assert.ok(run.rows.every(({ isRight }) => isRight === undefined))
})

test('as integers, as a spreadsheet saves them, it is known by its order', () => {
  const [run] = runsOf([pythonCsv((label) => (label === 0 ? '1' : '0'))])
  assert.equal(run?.truth.kind, 'one-hot')
})

test('indices are taken as they are: of its first versions, of CIFAR-10, and of two classes', () => {
  for (const text of [pythonCsv(String), pythonCsv((label) => String(Math.min(label, 1)))]) {
    const [run] = runsOf([text])
    assert.equal(run?.truth.kind, 'index')
    assert.equal(run.truth.note, undefined)
  }
})

test('one integer in all rows is an index or a fault: nothing is said until somebody knows', () => {
  const text = pythonCsv(() => '0')
  const [run] = runsOf([text])
  assert.equal(run?.truth.kind, 'none')
  assert.match(run.truth.note ?? '', /0 in every row.*Nothing is said of accuracy/)
  for (const labels of [images.map(() => 0), images.map((_, i) => 1 + (i % 2))]) {
    const [known] = runsOf([text], { folder: { labels, from: 'a folder' } })
    assert.deepEqual(
      known?.rows.map(({ expected }) => expected),
      labels,
    )
  }
  const [other] = runsOf([text], { folder: { labels: truth, from: 'a folder' } })
  assert.equal(other?.truth.kind, 'none')
})

test('whole one-hot vectors, and names of labels, are labels too', () => {
  const vectors = pythonCsv(
    (label) => `[${[0, 1, 2].map((i) => (i === label ? '1.' : '0.')).join(' ')}]`,
  )
  const names = pythonCsv((label) => ['daisy', 'roses', 'tulips'][label] ?? '')
  const labels = ['daisy', 'roses', 'tulips']
  for (const [text, given] of [
    [vectors, undefined],
    [names, labels],
  ] as const) {
    const [run] = runsOf([text], { labels: given })
    assert.deepEqual(
      run?.rows.map(({ expected }) => expected),
      images.map(([label]) => label),
    )
  }
  const [unnamed] = runsOf([names])
  assert.equal(unnamed?.truth.kind, 'none')
  assert.match(unnamed.truth.note ?? '', /'daisy', which is no index of a class; pass --labels/)
})

for (const [what, options] of [
  ['the folder of its images', { folder: { labels: truth, from: "the folder 'photos'" } }],
  ['two labels, of which the first is told', { labels: ['daisy', 'other'] }],
] as const) {
  test(`labels are recovered from ${what}`, () => {
    const [run] = runsOf([pythonCsv()], options)
    assert.equal(run?.truth.kind, 'recovered')
    const labels = 'labels' in options ? truth.map((label) => Math.min(label, 1)) : truth
    assert.deepEqual(
      run.rows.map(({ expected }) => expected),
      labels,
    )
  })
}

test('a ddnn run on as many images, label by label, tells the labels of the original beside it', () => {
  const [python, ddnn] = runsOf([pythonCsv(), ddnnCsv()])
  assert.ok(python && ddnn)
  assert.equal(python.truth.kind, 'recovered')
  assert.match(python.truth.note ?? '', /taken from 'run 1'/)
  const comparison = compareRuns(
    { run: python, figures: measureRun(python) },
    { run: ddnn, figures: measureRun(ddnn) },
  )
  assert.equal(comparison.matched.by, 'test')
  assert.equal(comparison.accuracy?.difference, 0)
  assert.equal(comparison.changes.counts.same, 3)
  assert.equal(comparison.changes.counts['other-exit'], 3)
})

test('a folder of other images is not taken for those of the run', () => {
  for (const labels of [truth.slice(1), [0, 1, 1, 1, 2, 2]]) {
    const [run] = runsOf([pythonCsv()], { folder: { labels, from: 'another folder' } })
    assert.equal(run?.truth.kind, 'one-hot')
  }
})

test("ddnn's --csv original is told by its times: its 0 and 1 are indices", () => {
  const text = ddnnCsv()
    .split('\n')
    .map((line) => line.split(';').slice(0, 12).join(';'))
    .join('\n')
    .replaceAll(/^(\d);[12]/gm, '$1;1')
  const [run] = runsOf([text])
  assert.equal(run?.writer, 'ddnn-original')
  assert.equal(run.truth.kind, 'index')
})

test('a local run of the original does not say which exit answered', () => {
  const lines = images.map(([, answer], i) => `${i};0.0;0.0523012320000;${answer};;;;;;;;`)
  const [run] = runsOf([[header, ...lines, ''].join('\n')])
  assert.deepEqual(run?.exits, ['local'])
})
