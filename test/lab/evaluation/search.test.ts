// The search for thresholds against trying all of them, and its speed on a large set.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import { createRandom } from '../../../src/domain/random.ts'
import { neverOf } from '../../../src/domain/leaves.ts'
import { toCascadeSample, type CascadeSample } from '../../../src/lab/evaluation/cascade-sample.ts'
import { tallyOf, toColumns, type Tally } from '../../../src/lab/evaluation/exit-columns.ts'
import type { ChoiceOptions } from '../../../src/lab/evaluation/choice-options.ts'
import { thresholdsForGoal } from '../../../src/lab/evaluation/goal-thresholds.ts'
import type { Goal } from '../../../src/lab/evaluation/goal.ts'
import { riskPath } from '../../../src/lab/evaluation/risk-path.ts'
import { searchThresholds } from '../../../src/lab/evaluation/search-thresholds.ts'
import { forEachThreshold } from '../../../src/lab/evaluation/each-threshold.ts'
import { tidyBetween } from '../../../src/lab/evaluation/tidy-number.ts'
import { drawSamples } from './made-up.ts'
import { cascadeBySample } from './by-sample.ts'

const never = neverOf('softmax')

function samplesOf(exits: number, count: { min: number; max: number }) {
  const confidence = fc.integer({ min: 0, max: 20 }).map((n) => n / 20)
  const sample = fc.record({
    confidences: fc.array(confidence, { minLength: exits, maxLength: exits }),
    isRight: fc.array(fc.boolean(), { minLength: exits, maxLength: exits }),
  })
  return fc.array(sample, { minLength: count.min, maxLength: count.max })
}

/** The best score of all thresholds that differ on these samples. */
function bruteForce(samples: readonly CascadeSample[], score: (tally: Tally) => number): number {
  const table = toColumns(samples)
  const values = Array.from({ length: table.exits - 1 }, (_, exit) => [
    ...new Set([never, ...samples.map(({ confidences }) => confidences[exit] as number)]),
  ])
  let best = -Infinity
  const visit = (thresholds: readonly number[]) => {
    const own = values[thresholds.length]
    if (own === undefined) best = Math.max(best, score(tallyOf(table, thresholds)))
    else for (const value of own) visit([...thresholds, value])
  }
  visit([])
  return best
}

/** Accuracy less a weight for depth, and a wall where the first exit lets too few go. */
const scoreOf =
  (weight: number, least: number) =>
  ({ samples, right, left }: Tally) => {
    const depth = left.reduce((sum, count, exit) => sum + count * exit, 0)
    const missing = Math.max(0, least - (left[0] as number) / samples)
    return right / samples - (weight * depth) / samples - 100 * missing
  }

for (const exits of [2, 3]) {
  test(`with ${exits} exits the search finds what trying all thresholds finds`, () => {
    fc.assert(
      fc.property(
        samplesOf(exits, { min: 1, max: 25 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (samples, weight, least) => {
          const score = scoreOf(weight, least)
          const table = toColumns(samples)
          const found = score(tallyOf(table, searchThresholds(table, score, never)))
          assert.ok(Math.abs(found - bruteForce(samples, score)) < 1e-9)
        },
      ),
      { numRuns: 60 },
    )
  })
}

test('with four exits the search comes within 3 points of trying all thresholds, mostly to them', () => {
  let missed = 0
  for (let seed = 0; seed < 30; seed++) {
    const samples = drawSamples({ count: 40, skills: [1.2, 1.6, 2.2, 2.8], seed }).map(
      ({ values, label }) => toCascadeSample(values, label, [1, 1, 1, 1]),
    )
    const score = scoreOf(0.02 + seed / 200, 0)
    const table = toColumns(samples)
    const path = riskPath(table, { costs: [0, 1 / 3, 2 / 3, 1], never })
    const found = score(tallyOf(table, searchThresholds(table, score, never, path)))
    const gap = bruteForce(samples, score) - found
    if (gap > 1e-9) missed++
    assert.ok(gap < 0.03, `${gap} at seed ${seed}`)
  }
  assert.ok(missed <= 10, `${missed} of 30`)
})

test('a sweep tallies every threshold as the cascade itself does', () => {
  fc.assert(
    fc.property(
      samplesOf(3, { min: 1, max: 30 }),
      fc.tuple(
        fc.double({ min: 0, max: 1.1, noNaN: true }),
        fc.double({ min: 0, max: 1.1, noNaN: true }),
      ),
      fc.integer({ min: 0, max: 1 }),
      (samples, thresholds, exit) => {
        const table = toColumns(samples)
        let visits = 0
        forEachThreshold(table, thresholds, exit, (tally, at, below) => {
          visits++
          for (const value of [at === Infinity ? never : at, below + 1e-9]) {
            if (!Number.isFinite(value)) continue
            const expected = cascadeBySample(samples, thresholds.with(exit, value))
            assert.ok(Math.abs(tally.right / samples.length - expected.accuracy) < 1e-12)
            for (const [i, share] of expected.shares.entries()) {
              assert.ok(Math.abs((tally.left[i] as number) / samples.length - share) < 1e-12)
            }
          }
        })
        assert.ok(visits >= 1)
      },
    ),
  )
})

test('a confidence that is no number never leaves, however low the threshold', () => {
  const samples = [
    { confidences: [Number.NaN, 0.5], isRight: [true, false] },
    { confidences: [0.4, 0.5], isRight: [true, false] },
  ]
  const table = toColumns(samples)
  assert.deepEqual([...tallyOf(table, [-1]).left], [1, 1])
  const found = searchThresholds(table, ({ right }) => right, never)
  assert.deepEqual([...tallyOf(table, found).left], [1, 1])
})

test('a tidy threshold has few digits and lets the same samples leave', () => {
  assert.equal(tidyBetween(0.71234, 0.7456), 0.74)
  assert.equal(tidyBetween(0.2, 1), 1)
  assert.equal(tidyBetween(-Infinity, 0.612), 0.61)
  fc.assert(
    fc.property(
      fc.double({ min: -50, max: 50, noNaN: true }),
      fc.double({ min: -50, max: 50, noNaN: true }),
      (a, b) => {
        fc.pre(a !== b)
        const [below, at] = [Math.min(a, b), Math.max(a, b)]
        const value = tidyBetween(below, at)
        assert.ok(value > below && value <= at, `${below} < ${value} <= ${at}`)
      },
    ),
  )
})

const skills = [0.5, 0.6, 0.8, 1, 1.3, 1.7, 2.2, 3]
function drawCascade(count: number): CascadeSample[] {
  const random = createRandom(5)
  return Array.from({ length: count }, () => {
    const difficulty = random()
    const confidences = skills.map((skill) =>
      Math.min(0.999, 1 - difficulty ** skill * 0.8 - 0.1 * random()),
    )
    const luck = random()
    return { confidences, isRight: confidences.map((confidence) => luck < confidence) }
  })
}

const goals: readonly Goal[] = [
  { kind: 'loss', maxLoss: 0.01, by: 'proven' },
  { kind: 'loss', maxLoss: 0.01, by: 'measured' },
  { kind: 'exit-rate', shares: [0.6] },
  { kind: 'latency', meanMs: 20 },
]
test('50,000 samples at eight exits take seconds, whatever the goal', () => {
  const rows = drawCascade(50_000)
  const [chosenOn, testedOn] = [toColumns(rows.slice(0, 25_000)), toColumns(rows.slice(25_000))]
  for (const goal of goals) {
    const options: ChoiceOptions = {
      goal,
      confidence: 0.95,
      minExitShare: 0,
      costs: skills.map((_, i) => i / 7),
      exitMs: skills.map((_, i) => 5 + 5 * i),
      never,
    }
    // Processor time: other work on the machine does not count.
    const start = process.cpuUsage()
    const thresholds = thresholdsForGoal(chosenOn, testedOn, options)
    const seconds = process.cpuUsage(start).user / 1e6
    assert.equal(thresholds.length, 7)
    assert.ok(seconds < 10, `${goal.kind}: ${seconds} s`)
  }
})
