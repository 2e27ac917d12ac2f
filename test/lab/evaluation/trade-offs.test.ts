// What other thresholds would give, held against the evaluation that those thresholds make.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evaluateScores } from '../../../src/lab/evaluation/evaluate-scores.ts'
import { confidenceHistogram } from '../../../src/lab/evaluation/confidence-histogram.ts'
import { frontOf } from '../../../src/lab/evaluation/pareto-front.ts'
import { evaluationPage } from '../../../src/report/evaluation/evaluation-page.ts'
import { renderReportPage } from '../../../src/report/page/render-page.ts'
import { fc } from '../../helpers/property.ts'
import { drawScores } from './made-up.ts'
import { madeRules, madeScores } from './made-scores.ts'

const drawn = drawScores({ count: 120 })
const offload = drawn.stages[0]?.offload ?? null
/** Of a network that goes on, the last submodel's features travel too. */
const scoresOf = (isWhole: boolean) => ({
  ...drawn,
  stages: drawn.stages.map((stage, i, { length }) => ({
    ...stage,
    multiplyAdds: 100 * (i + 1),
    offload: isWhole && i === length - 1 ? null : offload,
  })),
})
const rules = drawn.exits.map(({ index }) => ({
  ...{ exit: index, confidence: 'softmax' as const, gives: 'logits' as const },
  ...{ temperature: 1.5, threshold: 0.8 },
}))
const near = (a: number, b: number) => Math.abs(a - b) < 1e-9

for (const isWhole of [true, false]) {
  test(`every tried setting of ${isWhole ? 'a whole network' : 'its first part'} gives what an evaluation by it gives`, () => {
    const scores = scoresOf(isWhole)
    const { tried } = evaluateScores(scores, { rules, isWhole }).tradeOffs
    assert.ok(tried.length > 50, String(tried.length))
    for (const one of tried.filter((_, i) => i % 13 === 0)) {
      const by = rules.map((rule, exit) =>
        exit < one.thresholds.length ? { ...rule, threshold: one.thresholds[exit] ?? 2 } : rule,
      )
      const { chosen } = evaluateScores(scores, { rules: by, isWhole }).tradeOffs
      assert.equal(one.accuracy.count, chosen.accuracy.count)
      assert.ok(near(one.bytes, chosen.bytes), `${one.bytes} ${chosen.bytes}`)
      assert.ok(near(one.multiplyAdds ?? NaN, chosen.multiplyAdds ?? NaN))
    }
  })
}

test('each exit alone costs the way to it, and the front joins what nothing beats', () => {
  const { tradeOffs } = evaluateScores(madeScores, { rules: madeRules, isWhole: true })
  assert.deepEqual(
    tradeOffs.alone.map(({ accuracy, multiplyAdds, bytes }) => [
      accuracy.count,
      multiplyAdds,
      bytes,
    ]),
    [
      [2, 100, 0],
      [3, 400, 1500],
      [4, 400, 1500],
    ],
  )
  const { tried } = tradeOffs
  for (const cost of ['multiplyAdds', 'bytes'] as const) {
    for (const one of tried) {
      const isBeaten = tried.some(
        (other) =>
          (other[cost] ?? 0) <= (one[cost] ?? 0) &&
          other.accuracy.count >= one.accuracy.count &&
          ((other[cost] ?? 0) < (one[cost] ?? 0) || other.accuracy.count > one.accuracy.count),
      )
      if (one.isOnFront[cost]) assert.equal(isBeaten, false)
      else assert.ok(isBeaten || tried.some((other) => other !== one && other.isOnFront[cost]))
    }
    assert.ok(tried.some(({ isOnFront }) => isOnFront[cost]))
  }
})

test('without multiply-adds in one manifest no setting has any, and none is on their front', () => {
  const { tradeOffs } = evaluateScores(drawn, { rules, isWhole: true })
  assert.ok(
    tradeOffs.tried.every(
      ({ multiplyAdds, isOnFront }) => multiplyAdds === undefined && !isOnFront.multiplyAdds,
    ),
  )
})

test('one exit has one setting', () => {
  const one = drawScores({ count: 30, skills: [2] })
  const { tried } = evaluateScores(one, { rules: rules.slice(0, 1), isWhole: true }).tradeOffs
  assert.deepEqual(
    tried.map(({ thresholds }) => thresholds),
    [[]],
  )
})

test('a front is what no other beats, by trying all', () => {
  const point = fc.record({ cost: fc.nat(12), gain: fc.nat(12) })
  fc.assert(
    fc.property(fc.array(point, { maxLength: 20 }), (all) => {
      const front = frontOf(
        all,
        ({ cost }) => cost,
        ({ gain }) => gain,
      )
      for (const one of all) {
        const isBeaten = all.some(
          ({ cost, gain }) =>
            cost <= one.cost && gain >= one.gain && (cost < one.cost || gain > one.gain),
        )
        const isTwin = [...front].some(
          (other) => other !== one && other.cost === one.cost && other.gain === one.gain,
        )
        assert.equal(front.has(one), !isBeaten && !isTwin)
      }
    }),
  )
})

test('the surest mistakes come first, by what the wrong answer is sure of', () => {
  const { hardest } = evaluateScores(madeScores, { rules: madeRules, isWhole: true }).cascade
  assert.deepEqual(
    hardest.map(({ file, label, prediction, exit, probability }) => [
      ...[file, label, prediction, exit],
      Number(probability.toFixed(4)),
    ]),
    [
      ['1.jpg', 0, 1, 0, 0.95],
      ['4.jpg', 1, 0, 2, 0.7],
    ],
  )
})

test('the samples of each class leave somewhere, counted by hand', () => {
  const counts = (isWhole: boolean) =>
    evaluateScores(madeScores, { rules: madeRules, isWhole }).cascade.exitRates.map(
      ({ label, samples, left, unsure }) => [
        ...[label, samples],
        ...left.map(({ count }) => count),
        unsure.count,
      ],
    )
  assert.deepEqual(counts(true), [
    ['cat', 3, 2, 1, 0, 0],
    ['dog', 2, 0, 0, 2, 0],
  ])
  assert.deepEqual(counts(false)[1], ['dog', 2, 0, 0, 0, 2])
})

test('every confidence that is a number has one bin, the ends too', () => {
  const confidences = [0, 0.05, 0.049, 1, Number.NaN, 0.999]
  const bins = confidenceHistogram(confidences, (i) => i % 2 === 0, [0, 1])
  assert.equal(bins.length, 20)
  assert.deepEqual([bins[0]?.right, bins[0]?.wrong, bins[1]?.wrong], [2, 0, 1])
  assert.deepEqual([bins[19]?.right, bins[19]?.wrong], [0, 2])
  const raw = confidenceHistogram([-3, 7], () => true)
  assert.deepEqual([raw[0]?.from, raw.at(-1)?.to, raw.at(-1)?.right], [-3, 7, 1])
  assert.equal(
    confidenceHistogram([2, 2], () => true).reduce((sum, { right }) => sum + right, 0),
    2,
  )
  assert.deepEqual(
    confidenceHistogram([Number.NaN], () => true),
    [],
  )
})

test('a page has no more marks for many images than for a thousand, and some hundred kB', () => {
  for (const [count, skills] of [
    [3000, [1.6, 2.2, 2.8]],
    [1000, [1, 1.3, 1.6, 1.9, 2.2, 2.5, 2.8, 3.1]],
  ] as const) {
    const many = drawScores({ count, skills: [...skills] })
    const own = many.exits.map(({ index }) => ({ ...rules[0], exit: index })) as typeof rules
    const evaluation = evaluateScores(many, { rules: own, isWhole: true })
    assert.ok(evaluation.tradeOffs.tried.length <= 600)
    const page = renderReportPage(evaluationPage(many, evaluation, []))
    assert.ok(page.length < 1e6, `${page.length} bytes`)
    assert.doesNotMatch(page, /NaN|undefined|Infinity/)
  }
})
