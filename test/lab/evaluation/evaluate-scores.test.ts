// The figures of a made-up chain against those counted by hand (made-scores.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { upperBound } from '../../../src/domain/binomial.ts'
import { evaluateScores } from '../../../src/lab/evaluation/evaluate-scores.ts'
import type { Scores } from '../../../src/lab/evaluation/scores.ts'
import { evaluationFigures } from '../../../src/report/evaluation/evaluation-json.ts'
import { evaluationPage } from '../../../src/report/evaluation/evaluation-page.ts'
import {
  evaluationColumns,
  evaluationRows,
} from '../../../src/report/evaluation/evaluation-rows.ts'
import {
  accuracyTable,
  bytesTable,
  codecsTable,
  leaversTable,
  noSmaller,
} from '../../../src/report/evaluation/evaluation-tables.ts'
import { riskSentences } from '../../../src/report/evaluation/risk-tables.ts'
import { renderReportPage } from '../../../src/report/page/render-page.ts'
import { logitsFor, madeRules, madeScores } from './made-scores.ts'

const whole = evaluateScores(madeScores, { rules: madeRules, isWhole: true })

test('each exit alone counts every sample, whoever left before', () => {
  assert.deepEqual(
    whole.exits.map(({ name, accuracy }) => [name, accuracy.count, accuracy.of]),
    [
      ['edge', 2, 5],
      ['fog 1', 3, 5],
      ['fog 2', 4, 5],
    ],
  )
  assert.deepEqual(whole.exits[0]?.confusion, [
    [2, 1],
    [2, 0],
  ])
})

test('the likelihood and calibration error of an exit are those counted by hand', () => {
  const [edge] = whole.exits
  const nll = -(Math.log(0.95) + Math.log(0.05) + Math.log(0.7) + 2 * Math.log(0.3)) / 5
  assert.ok(Math.abs((edge?.nll ?? 0) - nll) < 1e-6)
  // Each of the five samples has a bin of its own: |right - confidence| of each, averaged.
  const gaps = [1 - 0.95, 0.95, 1 - 0.7, 0.7, 0.7]
  const ece = gaps.reduce((sum, gap) => sum + gap, 0) / 5
  assert.ok(Math.abs((edge?.ece ?? 0) - ece) < 1e-6)
})

test('the cascade lets each sample leave at its first confident exit, and the last one takes the rest', () => {
  const { cascade, taken } = whole
  assert.deepEqual(
    taken.map(({ exit }) => exit),
    [0, 0, 1, 2, 2],
  )
  assert.deepEqual(
    cascade.exits.map(({ left, accuracy }) => [left.count, accuracy.count, accuracy.of]),
    [
      [2, 1, 2],
      [1, 1, 1],
      [2, 1, 2],
    ],
  )
  assert.equal(cascade.accuracy.share, 3 / 5)
  assert.deepEqual(cascade.confusion, [
    [2, 1],
    [1, 1],
  ])
  assert.equal(cascade.unsure.left.count, 0)
})

test('tiers are the folders, where there are several', () => {
  assert.deepEqual(
    whole.cascade.tiers.map(({ name, left }) => [name, left.count]),
    [
      ['edge', 2],
      ['fog', 3],
    ],
  )
})

test('bytes, time and multiply-adds are counted by who goes on', () => {
  const { cuts, exits, ...means } = whole.costs
  assert.deepEqual(cuts, [
    {
      after: 'edge',
      share: 3 / 5,
      codec: 'int8',
      float32Bytes: 4000,
      bytes: 1500,
      bytesOverAll: 900,
    },
  ])
  assert.deepEqual(exits, [
    { name: 'edge', computeMs: 2, multiplyAdds: 100 },
    { name: 'fog 1', computeMs: 10, multiplyAdds: 400 },
    { name: 'fog 2', computeMs: 10, multiplyAdds: 400 },
  ])
  assert.equal(means.computeMs, (2 * 2 + 3 * 10) / 5)
  assert.ok(Math.abs(means.computeSaved - (1 - 6.8 / 10)) < 1e-12)
  assert.equal(means.multiplyAdds, (2 * 100 + 3 * 400) / 5)
  assert.ok(Math.abs((means.multiplyAddsSaved ?? 0) - 0.3) < 1e-12)
})

test('without multiply-adds in one manifest none are told', () => {
  const [edge, fog] = madeScores.stages
  assert.ok(edge && fog)
  const stages = [edge, { ...fog, multiplyAdds: undefined }]
  const { costs } = evaluateScores({ ...madeScores, stages }, { rules: madeRules, isWhole: true })
  assert.equal(costs.multiplyAdds, undefined)
  assert.equal(costs.multiplyAddsSaved, undefined)
})

test('where the network goes on elsewhere, samples that no exit is sure of are unsure', () => {
  const { cascade, taken } = evaluateScores(madeScores, { rules: madeRules, isWhole: false })
  assert.deepEqual(
    cascade.exits.map(({ left }) => left.count),
    [2, 1, 0],
  )
  assert.equal(cascade.unsure.left.count, 2)
  assert.equal(cascade.unsure.accuracy.count, 1)
  // The deepest exit answers for them, so the answers are the same.
  assert.equal(cascade.accuracy.count, 3)
  assert.deepEqual(
    taken.map(({ isLeft }) => isLeft),
    [true, true, true, false, false],
  )
})

test('values that are no numbers are wrong, leave nowhere and spoil no other figure', () => {
  const nan = Float32Array.of(Number.NaN, Number.NaN)
  const samples = [...madeScores.samples, { file: 'nan', label: 0, values: [nan, nan, nan] }]
  const { cascade, exits } = evaluateScores(
    { ...madeScores, samples },
    { rules: madeRules, isWhole: true },
  )
  assert.equal(cascade.accuracy.count, 3)
  assert.equal(cascade.accuracy.of, 6)
  assert.equal(exits[0]?.accuracy.of, 6)
  assert.equal(cascade.exits[2]?.left.count, 3)
  const sound = evaluateScores(madeScores, { rules: madeRules, isWhole: true })
  assert.equal(exits[0].nll, sound.exits[0]?.nll)
  assert.equal(exits[0].ece, sound.exits[0]?.ece)
})

test('the CSV has a row a sample with every exit, and unreadable files with their reason on one line', () => {
  const columns = evaluationColumns(madeScores)
  const rows = [...evaluationRows(madeScores, whole)]
  assert.equal(rows.length, 6)
  assert.ok(rows.every((row) => row.length === columns.length))
  const cell = (row: number, column: string) => rows[row]?.[columns.indexOf(column)]
  assert.equal(cell(1, 'File'), '1.jpg')
  assert.equal(cell(1, 'Label'), 'cat')
  assert.equal(cell(1, 'edge_Prediction'), 'dog')
  assert.equal(cell(1, 'edge_Confidence'), '0.950000')
  assert.equal(cell(1, 'fog 1_Prediction'), 'cat')
  assert.equal(cell(1, 'Exit'), 'edge')
  assert.equal(cell(1, 'Right'), 'false')
  assert.equal(cell(5, 'File'), 'broken.jpg')
  assert.equal(cell(5, 'Error'), 'broken.jpg: no image')
})

test('tables, JSON and page tell the same accuracy of the cascade', () => {
  const figures = JSON.parse(JSON.stringify(evaluationFigures(madeScores, whole))) as {
    cascade: { accuracy: { share: number } }
    exits: unknown[]
    unreadable: unknown[]
  }
  assert.equal(figures.cascade.accuracy.share, 0.6)
  assert.equal(figures.exits.length, 3)
  assert.equal(figures.unreadable.length, 1)
  assert.match(accuracyTable(whole).rows.at(-1)?.[1] ?? '', /^60\.0 % \(23\.1 to 88\.2 %\)$/)
  assert.equal(leaversTable(whole).rows[2]?.[1], 'takes the rest')
  assert.equal(bytesTable(whole, madeScores).rows.length, 4)
  const page = evaluationPage(madeScores, whole, [['Models', 'edge, fog']])
  const kinds = page.sections.flatMap(({ charts = [] }) => charts.map(({ kind }) => kind))
  const confidence = ['reliability', 'bars']
  assert.deepEqual(kinds, [
    ...['bars', 'points', 'points', 'bars', 'bars'],
    ...[...confidence, ...confidence, ...confidence],
    ...['bars', 'matrix', 'matrix', 'matrix', 'matrix'],
  ])
  assert.equal(page.headline.length, 4)
  assert.equal(page.headline[0]?.value, '60.0 %')
  assert.match(renderReportPage(page), /60\.0 %/)
})

test('a page has four numbers on top: of a whole network, of its beginning, and of one exit', () => {
  const [first, ...others] = madeScores.exits
  assert.ok(first && others.length === 2)
  const single = { ...madeScores, exits: [first], stages: madeScores.stages.slice(0, 1) }
  const namesOf = (scores: Scores, isWhole: boolean) => {
    const rules = madeRules.slice(0, scores.exits.length)
    const evaluation = evaluateScores(scores, { rules, isWhole })
    return evaluationPage(scores, evaluation, []).headline.map(({ name }) => name)
  }
  const [accuracy, last, bytes] = [
    ...['Accuracy of the cascade', 'Last exit alone', 'Bytes of an image over all cuts'],
  ]
  assert.deepEqual(namesOf(madeScores, true), [accuracy, last, 'Leave before the last exit', bytes])
  const [, , third] = namesOf(madeScores, false)
  assert.equal(third, 'Go on to the next tier')
  for (const isWhole of [true, false]) assert.equal(namesOf(single, isWhole).length, 4)
})

test('the surest mistakes are shown with the photos that are there, in the colour of their exit', () => {
  const photos = new Map([['1.jpg', 'data:image/jpeg;base64,AAAA']])
  const { sections } = evaluationPage(madeScores, whole, [], photos)
  const { thumbs = [] } = sections.find(({ title }) => title === 'The surest mistakes') ?? {}
  assert.deepEqual(
    thumbs.map(({ src, verdict, lines, key }) => [src, verdict, lines[0], key]),
    [
      ['data:image/jpeg;base64,AAAA', 'dog, is cat', 'edge, 95.0 % sure', 0],
      [undefined, 'cat, is dog', 'fog 2, 70.0 % sure', 2],
    ],
  )
})

test('a set of very many labels has no matrix that nobody could read', () => {
  const labels = Array.from({ length: 100 }, (_, i) => `label${i}`)
  const scores = { ...madeScores, labels }
  const evaluation = evaluateScores(scores, { rules: madeRules, isWhole: true })
  const { sections } = evaluationPage(scores, evaluation, [])
  assert.ok(!sections.some(({ charts = [] }) => charts.some(({ kind }) => kind === 'matrix')))
})

test('every codec has its bytes and times, and the accuracy of its form where samples were run with it', () => {
  // With int4 the last exit is right on the last sample too, and nobody is sure enough to leave at fog 1.
  const samples = madeScores.samples.map((sample, i) => {
    const [edge, middle, last] = sample.values
    const values = [edge, i === 2 ? logitsFor(0.6) : middle, i === 4 ? logitsFor(0.1) : last]
    return { ...sample, values: values as Float32Array[] }
  })
  const scores = { ...madeScores, compared: [{ form: 'int4' as const, samples }] }
  const { codecs } = evaluateScores(scores, { rules: madeRules, isWhole: true })
  assert.deepEqual(
    codecs.map(({ codec, bytes, bytesOverAll }) => [codec, bytes, bytesOverAll]),
    [
      ['float32', [4000], 2400],
      ['int8', [1500], 900],
      ['int4', [900], 540],
    ],
  )
  assert.deepEqual(
    codecs.map(({ quality }) => [quality?.exits[2]?.count, quality?.cascade.count]),
    [
      [undefined, undefined],
      [4, 3],
      [5, 4],
    ],
  )
  const { header, rows } = codecsTable({ ...whole, codecs }, scores)
  assert.equal(header.at(-1), 'The cascade')
  assert.deepEqual(rows[0]?.slice(1, 5), ['4.0 kB', '2.4 kB', '10 µs', '5 µs'])
  assert.equal(rows[2]?.at(-1), '80.00 %')
})

test('features that are no smaller than the image are said to be so, beside what is smaller', () => {
  const [sentence, ...others] = noSmaller(whole, madeScores)
  assert.equal(
    sentence,
    "Features after edge as int8 (1.5 kB) are no smaller than the image's own file (1.0 kB), a JPEG of the network's size (500 B)",
  )
  assert.deepEqual(others, [])
  const imageBytes = { file: undefined, jpeg: 2000, pixels: 3000 }
  assert.deepEqual(noSmaller(whole, { ...madeScores, imageBytes }), [])
})

test('what the cascade harms is counted and bounded, of all and of those that left early', () => {
  const { risk, taken } = whole
  const harmed = madeScores.samples.filter(({ label }, i) => {
    const { exit = 0, results = [] } = taken[i] ?? {}
    return results.at(-1)?.prediction === label && results[exit]?.prediction !== label
  }).length
  assert.deepEqual([risk?.samples, risk?.harmed, risk?.confidence], [5, harmed, 0.95])
  assert.equal(risk?.bound, upperBound(harmed, 5, 0.95))
  assert.deepEqual(
    risk.exits.map(({ exit, leftBy, leftAt }) => [exit, leftBy.left, leftAt.left]),
    [
      [0, 2, 2],
      [1, 3, 1],
    ],
  )
  assert.match(riskSentences(whole).join(), /^If these images chose nothing.*at most/)
})

test('images that calibrated the models prove nothing, and neither does a chain that goes on', () => {
  const options = { rules: madeRules, isWhole: true, calibratedOn: [madeScores.dataHash] }
  assert.match(riskSentences(evaluateScores(madeScores, options)).join(), /calibrated the models/)
  const first = evaluateScores(madeScores, { rules: madeRules, isWhole: false })
  assert.deepEqual([first.risk, riskSentences(first)], [undefined, []])
})

test('a threshold that none reaches is said so, one just below 1 is not shown as 1', () => {
  const rules = madeRules.map((rule, i) => ({
    ...rule,
    threshold: [2, 0.9999997][i] ?? rule.threshold,
  }))
  const { rows } = leaversTable(evaluateScores(madeScores, { rules, isWhole: true }))
  assert.equal(rows[0]?.[1], 'lets none leave')
  assert.equal(rows[1]?.[1], 'softmax >= 0.9999997')
})
