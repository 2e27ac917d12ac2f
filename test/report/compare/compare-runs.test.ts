// Runs side by side: which images are the same, what became of each, and which are hardest.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareRuns } from '../../../src/report/compare/compare-runs.ts'
import { hardestOf } from '../../../src/report/compare/hardest.ts'
import { makeRuns } from '../../../src/report/compare/make-runs.ts'
import { measureRun } from '../../../src/report/compare/measure-run.ts'
import { parseRunCsv } from '../../../src/report/compare/parse-run-csv.ts'
import { columnsOf } from '../../../src/report/csv-columns.ts'
import { fc } from '../../helpers/property.ts'
import { madeRun } from './made-run.ts'

const header = columnsOf('full').join(';')

interface Image {
  readonly file: string
  readonly label: number
  /** Undefined where there is no answer. */
  readonly answer?: number
  readonly exit?: 'edge' | 'fog'
  readonly confidence?: number
}

function csvOf(images: readonly Image[]): string {
  const lines = images.map(({ file, label, answer, exit = 'edge', confidence = 0.9 }, i) => {
    if (answer === undefined) return `${i};${label};;;;;;;;;;;${file};;;;DDNN_REPLY_TIMEOUT: none`
    const hops = exit === 'edge' ? `${answer};;;;;;` : `0;;;${answer};;;`
    return `${i};${label};0.010000;${hops};;;${file};${exit};${confidence};false;`
  })
  return `${[header, ...lines].join('\n')}\n`
}

const runsOf = (...texts: readonly string[]) =>
  makeRuns(
    texts.map((text, i) => parseRunCsv(text, `${i}.csv`)),
    { names: texts.map((_, i) => `run ${i}`) },
  )

function compare(first: string, second: string) {
  const [a, b] = runsOf(first, second)
  assert.ok(a && b)
  return compareRuns({ run: a, figures: measureRun(a) }, { run: b, figures: measureRun(b) })
}

const before: readonly Image[] = [
  { file: 'a/1', label: 0, answer: 0 },
  { file: 'a/2', label: 0, answer: 0 },
  { file: 'a/3', label: 0, answer: 1 },
  { file: 'b/4', label: 1, answer: 0, confidence: 0.6 },
  { file: 'b/5', label: 1, answer: 1 },
  { file: 'b/6', label: 1, answer: 1 },
  { file: 'b/7', label: 1 },
  { file: 'c/8', label: 2, answer: 0, confidence: 0.95 },
]
const after: readonly Image[] = [
  { file: 'c/8', label: 2, answer: 1 },
  { file: 'b/7', label: 1, answer: 1 },
  { file: 'b/6', label: 1, answer: 1, exit: 'fog' },
  { file: 'b/5', label: 1 },
  { file: 'b/4', label: 1, answer: 1 },
  { file: 'a/3', label: 0, answer: 1 },
  { file: 'a/2', label: 0, answer: 1, confidence: 0.7 },
  { file: 'a/1', label: 0, answer: 0 },
  { file: 'a/9', label: 0, answer: 0 },
]

test('each image of both runs is one kind of change, matched by its file whatever the order', () => {
  const { matched, changes, accuracy, exits } = compare(csvOf(before), csvOf(after))
  assert.deepEqual([matched.by, matched.images], ['file', 8])
  assert.deepEqual(changes.counts, {
    'right-to-wrong': 1,
    'wrong-to-right': 1,
    lost: 1,
    found: 1,
    'other-wrong': 1,
    'other-answer': 0,
    'other-exit': 1,
    same: 2,
  })
  const [first] = changes.images
  assert.deepEqual(
    [first?.kind, first?.image, first?.expected, first?.first.answer, first?.second.answer],
    ['right-to-wrong', 'a/2', 'a', 'a', 'b'],
  )
  // Of the six that both answered one went each way; one moved from edge to fog.
  assert.deepEqual(
    [accuracy?.paired?.of, accuracy?.paired?.onlyFirst, accuracy?.paired?.onlySecond],
    [6, 1, 1],
  )
  assert.deepEqual(changes.exits, [
    [5, 1],
    [0, 0],
  ])
  assert.equal(exits[1]?.share.paired?.onlySecond, 1)
})

test('images that every run gets wrong are the hardest, then the most confident mistakes', () => {
  const { images, wrong, wrongInAll } = hardestOf(runsOf(csvOf(before), csvOf(after)))
  assert.deepEqual([wrong, wrongInAll], [4, 2])
  assert.deepEqual(
    images.map(({ image, wrongIn }) => `${image} ${wrongIn}`),
    ['c/8 2', 'a/3 2', 'a/2 1', 'b/4 1'],
  )
  const [only] = runsOf(csvOf(before))
  assert.ok(only)
  assert.deepEqual(
    hardestOf([only]).images.map(({ image }) => image),
    ['c/8', 'a/3', 'b/4'],
  )
})

test('labels in another order are compared by their names', () => {
  const turned = before.map((image) => ({
    ...image,
    label: 2 - image.label,
    ...(image.answer === undefined ? {} : { answer: 2 - image.answer }),
  }))
  const { counts } = compare(csvOf(before), csvOf(turned)).changes
  assert.equal(counts.same, before.length)
})

test('an image that stands twice is matched twice, and no more often than both have it', () => {
  const twice = csvOf([before[0]!, before[0]!, before[1]!])
  assert.equal(compare(twice, csvOf(before)).matched.images, 2)
  assert.equal(compare(twice, twice).matched.images, 3)
})

test('runs of other images are two samples: no image is matched, the interval is wider', () => {
  const other = csvOf(before.map((image) => ({ ...image, file: `x${image.file}` })))
  const { matched, accuracy, changes, latency } = compare(csvOf(before), other)
  assert.equal(matched.by, 'none')
  assert.equal(accuracy?.paired, undefined)
  assert.equal(accuracy?.difference, 0)
  assert.equal(changes.counts.same, 0)
  assert.deepEqual(latency, [])
})

/** Without the columns that name images. */
const withoutFiles = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(';').slice(0, 12).join(';'))
    .join('\n')

test('without files rows are matched by Test where counts and labels agree', () => {
  const turned = withoutFiles(csvOf(before)).split('\n')
  const reversed = [turned[0], ...turned.slice(1).toReversed()].join('\n')
  const { matched, changes } = compare(withoutFiles(csvOf(before)), reversed)
  assert.deepEqual([matched.by, matched.images, changes.counts.same], ['test', 8, 8])
  assert.equal(compare(withoutFiles(csvOf(before)), withoutFiles(csvOf(after))).matched.by, 'none')
  const relabelled = csvOf(before.map((image) => ({ ...image, label: 2 - image.label })))
  const refused = compare(withoutFiles(csvOf(before)), withoutFiles(relabelled)).matched
  assert.equal(refused.by, 'none')
  assert.match(refused.note, /other labels/)
})

test('whatever two runs say, counts add up, and a run differs from itself in nothing', () => {
  const size = fc.integer({ min: 1, max: 60 })
  fc.assert(
    fc.property(size, fc.nat(99), fc.nat(99), (rows, first, second) => {
      const [a, b] = [first, second].map((seed) => madeRun(rows, { seed, failed: 0.1 }))
      const { changes, accuracy } = compare(a!, b!)
      const sum = Object.values(changes.counts).reduce((x, y) => x + y, 0)
      assert.equal(sum, rows)
      const { of = 0, onlyFirst = 0, onlySecond = 0 } = accuracy?.paired ?? {}
      assert.ok(of >= onlyFirst + onlySecond)
      assert.equal(changes.counts['right-to-wrong'], onlyFirst)
      assert.equal(changes.counts['wrong-to-right'], onlySecond)
      assert.equal(compare(a!, a!).changes.counts.same, rows)
    }),
    { numRuns: 40 },
  )
})
