// Paths of thresholds: they only fall, lead through what was chosen, and are kept in short.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import { upperBound } from '../../../src/domain/binomial.ts'
import { neverOf } from '../../../src/domain/leaves.ts'
import { createRandom } from '../../../src/domain/random.ts'
import { mostPathPoints, pointAt } from '../../../src/domain/threshold-path.ts'
import { calibrationPath } from '../../../src/lab/evaluation/calibration-path.ts'
import { tallyOf, toColumns } from '../../../src/lab/evaluation/exit-columns.ts'
import { costOf } from '../../../src/lab/evaluation/exit-costs.ts'
import { alignedPath, pathThrough, riskPath } from '../../../src/lab/evaluation/risk-path.ts'

const never = neverOf('softmax')

function drawTable(exits: number, count: number, seed: number) {
  const random = createRandom(seed)
  return toColumns(
    Array.from({ length: count }, () => {
      const confidences = Array.from({ length: exits }, () => random())
      return {
        confidences,
        isRight: confidences.map((c, e) => random() < 0.4 + 0.5 * c + 0.03 * e),
      }
    }),
  )
}

function assertFalls(path: readonly (readonly number[])[]): void {
  for (const [i, step] of path.entries()) {
    for (const [exit, value] of step.entries()) {
      assert.ok(value <= (path[i - 1]?.[exit] ?? Infinity), `step ${i}, exit ${exit}: ${value}`)
    }
  }
}

const table = fc.record({
  exits: fc.integer({ min: 2, max: 5 }),
  count: fc.integer({ min: 2, max: 60 }),
  seed: fc.nat(1000),
})

test('no threshold rises along a path, from none leaving on, whatever the samples', () => {
  fc.assert(
    fc.property(table, ({ exits, count, seed }) => {
      const columns = drawTable(exits, count, seed)
      const costs = Array.from({ length: exits }, (_, e) => (e + 1) / exits)
      const path = riskPath(columns, { costs, never })
      assert.deepEqual(path[0], new Array(exits - 1).fill(never))
      assertFalls(path)
      assertFalls(alignedPath(columns, { costs, never }))
    }),
    { numRuns: 25 },
  )
})

test('a path leads through any setting, and falls before and behind it', () => {
  const threshold = fc.double({ min: -0.1, max: 1.1, noNaN: true })
  fc.assert(
    fc.property(table, fc.array(threshold, { minLength: 4, maxLength: 4 }), (drawn, four) => {
      const columns = drawTable(drawn.exits, drawn.count, drawn.seed)
      const costs = Array.from({ length: drawn.exits }, (_, e) => (e + 1) / drawn.exits)
      const through = four.slice(0, drawn.exits - 1)
      const path = pathThrough(columns, through, { costs, never })
      assertFalls(path)
      assert.ok(path.some((step) => step.every((value, exit) => value === through[exit])))
    }),
    { numRuns: 25 },
  )
})

test('manifests get at most 32 points with the chosen one, measured on the images that did not choose', () => {
  const [chosenOn, testedOn] = [drawTable(3, 800, 1), drawTable(3, 700, 2)]
  const costs = [0.2, 0.6, 1]
  const steps = riskPath(chosenOn, { costs, never })
  const thresholds = steps[Math.floor(steps.length / 2)] ?? []
  const measure = { chosenOn, testedOn, thresholds, costs, never, confidence: 0.95 }
  const path = calibrationPath(steps, measure)
  assert.ok(path !== undefined)
  const { points, chosen } = path
  assert.ok(points.length > 10 && points.length <= mostPathPoints, `${points.length}`)
  assert.deepEqual(
    points[chosen]?.thresholds,
    thresholds.map((value) => (value >= never ? null : value)),
  )
  assert.deepEqual(points[0]?.thresholds, [null, null])
  assertFalls(points.map((point) => point.thresholds.map((value) => value ?? never)))
  for (const point of points) {
    const tally = tallyOf(
      testedOn,
      point.thresholds.map((value) => value ?? never),
    )
    assert.equal(point.accuracy, tally.right / 700)
    assert.equal(point.cost, costOf(tally, costs))
    // All at once.
    assert.equal(point.bound, upperBound(tally.harmed, 700, 1 - 0.05 / points.length))
  }
  assert.ok((points.at(-1)?.cost ?? 1) < (points[0]?.cost ?? 0))
  assert.equal(
    calibrationPath(steps, { ...measure, testedOn: undefined })?.points[0]?.bound,
    undefined,
  )
})

test('a position between two points is the safer one, and that of the chosen one finds it', () => {
  const [chosenOn, costs] = [drawTable(2, 50, 4), [0.5, 1]]
  const steps = riskPath(chosenOn, { costs, never })
  for (const thresholds of steps) {
    const path = calibrationPath(steps, {
      ...{ chosenOn, testedOn: undefined, thresholds, costs, never, confidence: 0.95 },
    })
    assert.ok(path !== undefined && path.chosen >= 0)
    const { points, chosen } = path
    assert.equal(pointAt(path, chosen / (points.length - 1)), points[chosen])
    assert.equal(pointAt(path, 0), points[0])
    assert.equal(pointAt(path, 1), points.at(-1))
    assert.equal(pointAt(path, (chosen + 0.99) / (points.length - 1)), points[chosen])
  }
})
