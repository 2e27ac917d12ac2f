// Losses among those that left early: counted, bounded, chosen for, and held by the truth of a population.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import { binomialCdf, upperBound } from '../../../src/domain/binomial.ts'
import { argmax, confidenceOf } from '../../../src/domain/confidence.ts'
import { neverOf } from '../../../src/domain/leaves.ts'
import { lossGroups } from '../../../src/domain/lab-words.ts'
import { createRandom } from '../../../src/domain/random.ts'
import { DdnnError } from '../../../src/errors.ts'
import {
  createColumns,
  pickRows,
  tallyOf,
  type ExitColumns,
} from '../../../src/lab/evaluation/exit-columns.ts'
import {
  groupsOf,
  leastLimit,
  pValueOf,
  type LossGroup,
} from '../../../src/lab/evaluation/exit-risks.ts'
import type { ChoiceOptions } from '../../../src/lab/evaluation/choice-options.ts'
import { thresholdsForGoal } from '../../../src/lab/evaluation/goal-thresholds.ts'
import { boundOf, riskCounts, riskFigures } from '../../../src/lab/evaluation/risk-bound.ts'
import { drawSamples } from './made-up.ts'

const never = neverOf('softmax')
const samples = drawSamples({ count: 20_000, seed: 3 })
const population: ExitColumns = createColumns(
  [0, 1, 2].map((exit) =>
    Float64Array.from(samples, ({ values }) => confidenceOf(values[exit] ?? [], 'softmax')),
  ),
  [0, 1, 2].map((exit) =>
    Uint8Array.from(samples, ({ values, label }) => Number(argmax(values[exit] ?? []) === label)),
  ),
)

function draw(count: number, random: () => number): ExitColumns {
  const rows = Array.from({ length: count }, () => Math.floor(random() * population.samples))
  return pickRows(population, rows)
}

function optionsFor(among: LossGroup, maxLoss: number, by: 'proven' | 'measured'): ChoiceOptions {
  return {
    goal: { kind: 'loss', maxLoss, by, among },
    ...{ confidence: 0.95, minExitShare: 0, costs: [0.3, 0.6, 1], exitMs: [1, 2, 3], never },
  }
}

const trueRisk = (thresholds: readonly number[], among: LossGroup) =>
  Math.max(
    0,
    ...groupsOf(tallyOf(population, thresholds), thresholds, never, among).map(
      ({ harmed, of }) => harmed / Math.max(1, of),
    ),
  )

test('groups are counted by hand: all, left by each exit, left just there; a closed exit claims nothing', () => {
  // Confidence at two early exits, right at edge, fog and cloud.
  const rows = [
    { c: [0.9, 0.9], right: [0, 1, 1] },
    { c: [0.9, 0.1], right: [1, 0, 0] },
    { c: [0.2, 0.8], right: [1, 0, 1] },
    { c: [0.1, 0.1], right: [0, 0, 1] },
  ]
  const table = createColumns(
    [0, 1, 2].map((e) => Float64Array.from(rows, ({ c }) => c[e] ?? 1)),
    [0, 1, 2].map((e) => Uint8Array.from(rows, ({ right }) => right[e] ?? 0)),
  )
  const of = (thresholds: readonly number[], group: LossGroup) =>
    groupsOf(tallyOf(table, thresholds), thresholds, never, group)
  assert.deepEqual(of([0.5, 0.5], 'all'), [{ exit: undefined, harmed: 2, of: 4, gained: 1 }])
  assert.deepEqual(of([0.5, 0.5], 'left-by'), [
    { exit: 0, harmed: 1, of: 2, gained: 1 },
    { exit: 1, harmed: 2, of: 3, gained: 1 },
  ])
  assert.deepEqual(of([0.5, 0.5], 'left-at')[1], { exit: 1, harmed: 1, of: 1, gained: 0 })
  assert.deepEqual(
    of([never, 0.5], 'left-by').map(({ exit }) => exit),
    [1],
  )
  for (const group of lossGroups) assert.deepEqual(of([never, never], group), [])
})

test('a limit at an exit holds by each exit, and one by each exit holds of all', () => {
  const threshold = fc.integer({ min: 0, max: 22 }).map((n) => (n > 20 ? never : n / 20))
  fc.assert(
    fc.property(threshold, threshold, (edge, fog) => {
      const [all, by, at] = lossGroups.map((group) => trueRisk([edge, fog], group))
      assert.ok((all ?? 0) <= (by ?? 0) + 1e-12 && (by ?? 0) <= (at ?? 0) + 1e-12)
    }),
    { numRuns: 40 },
  )
})

test('a claim of several groups is as strong as its weakest, and one of nobody is none', () => {
  const group = (harmed: number, of: number) => ({ exit: 0, harmed, of, gained: 0 })
  assert.equal(pValueOf([], 0.01, 0.95, 'harmed'), 0)
  assert.equal(pValueOf([group(0, 0)], 0.01, 0.95, 'harmed'), 1)
  assert.equal(
    pValueOf([group(0, 500), group(3, 200)], 0.02, 0.95, 'harmed'),
    binomialCdf(3, 200, 0.02),
  )
  assert.equal(leastLimit([group(0, 500), group(3, 200)], 0.95, 'harmed'), upperBound(3, 200, 0.95))
})

test('bounds of exits hold all at once: 5 % of 300 draws break one at most, give or take', () => {
  const random = createRandom(77)
  const thresholds = [0.75, 0.6]
  const truth = new Map(
    (['left-by', 'left-at'] as const).map((group) => [
      group,
      groupsOf(tallyOf(population, thresholds), thresholds, never, group).map(
        ({ harmed, of }) => harmed / of,
      ),
    ]),
  )
  let broken = 0
  let alone = 0
  for (let i = 0; i < 300; i++) {
    const table = draw(250, random)
    const figures = riskFigures(riskCounts(tallyOf(table, thresholds), thresholds, never), 0.95)
    assert.equal(figures.claims, 3)
    const isBroken = figures.exits.some(
      ({ exit, leftBy, leftAt }) =>
        leftBy.bound < (truth.get('left-by')?.[exit] ?? 0) ||
        leftAt.bound < (truth.get('left-at')?.[exit] ?? 0),
    )
    if (isBroken) broken++
    const uncorrected = figures.exits.some(
      ({ exit, leftAt }) =>
        upperBound(leftAt.harmed, leftAt.left, 0.5) < (truth.get('left-at')?.[exit] ?? 0),
    )
    if (uncorrected) alone++
  }
  assert.ok(broken <= 24, `${broken} of 300`)
  // The same at confidence 0.5, each alone, is broken all the time: it is the bound that holds.
  assert.ok(alone > 100, `${alone} of 300`)
})

/** None leaves where nothing can be proved: that is refused, and breaks no limit. */
function chooseOrNone(...args: Parameters<typeof thresholdsForGoal>): readonly number[] {
  try {
    return thresholdsForGoal(...args)
  } catch (thrown) {
    if (thrown instanceof DdnnError) return [never, never]
    throw thrown
  }
}

test('a loss proved among those that left by each exit is kept there, where one proved of all is not', () => {
  const random = createRandom(5)
  const [limit, draws] = [0.05, 16]
  let broken = 0
  let early = 0
  let ofAll = 0
  for (let i = 0; i < draws; i++) {
    const [chosenOn, testedOn] = [draw(600, random), draw(600, random)]
    const by = chooseOrNone(chosenOn, testedOn, optionsFor('left-by', limit, 'proven'))
    if (trueRisk(by, 'left-by') > limit) broken++
    early += 1 - (tallyOf(population, by).left[2] as number) / population.samples
    const all = chooseOrNone(chosenOn, testedOn, optionsFor('all', limit, 'proven'))
    if (trueRisk(all, 'left-by') > limit) ofAll++
  }
  assert.ok(broken <= 3, `${broken} of ${draws}`)
  assert.ok(early / draws > 0.05, `${early / draws} leave early`)
  assert.ok(ofAll > 3, `${ofAll} of ${draws}`)
})

test('a net loss is proved of the accuracy itself: it is kept, and lets more leave than one of the harmed', () => {
  const random = createRandom(7)
  const [limit, draws] = [0.03, 12]
  const net = { ...optionsFor('all', limit, 'proven') }
  const lossOf = (thresholds: readonly number[]) => {
    const { right, lastRight, samples: of } = tallyOf(population, thresholds)
    return (lastRight - right) / of
  }
  const staying = (thresholds: readonly number[]) =>
    (tallyOf(population, thresholds).left[2] as number) / population.samples
  let [broken, stayByNet, stayByHarmed] = [0, 0, 0]
  for (let i = 0; i < draws; i++) {
    const [chosenOn, testedOn] = [draw(800, random), draw(800, random)]
    const goal = { kind: 'loss', maxLoss: limit, by: 'proven', of: 'net' } as const
    const byNet = chooseOrNone(chosenOn, testedOn, { ...net, goal })
    if (lossOf(byNet) > limit) broken++
    stayByNet += staying(byNet) / draws
    stayByHarmed += staying(chooseOrNone(chosenOn, testedOn, net)) / draws
  }
  assert.ok(broken <= 2, `${broken} of ${draws}`)
  assert.ok(stayByNet < stayByHarmed - 0.05, `${stayByNet} stay by net, ${stayByHarmed} by harmed`)
})

test('a proven net loss is told at its limit, and the harmed beside it as seen', () => {
  const table = draw(800, createRandom(2))
  const counts = riskCounts(tallyOf(table, [0.9, 0.9]), [0.9, 0.9], never)
  const bound = boundOf(counts, { kind: 'loss', maxLoss: 0.2, by: 'proven', of: 'net' }, 0.95)
  assert.deepEqual([bound.of, bound.net.bound, bound.by], ['net', 0.2, 'fixed-sequence'])
  assert.equal(bound.bound, upperBound(counts.harmed, 800, 0.95))
  assert.equal(bound.net.observed, (counts.harmed - counts.gained) / 800)
  assert.equal(bound.areExitsProved, false)
})

test('a loss among those that left is refused with the images that must leave and the nearest limit that works', () => {
  const random = createRandom(9)
  const [chosenOn, testedOn] = [draw(200, random), draw(200, random)]
  const choose = (limit: number) =>
    thresholdsForGoal(chosenOn, testedOn, optionsFor('left-by', limit, 'proven'))
  let refusal: DdnnError | undefined
  try {
    choose(0.01)
  } catch (thrown) {
    if (thrown instanceof DdnnError) refusal = thrown
  }
  assert.equal(refusal?.code, 'DDNN_CONFIG_INVALID')
  assert.match(refusal.message, /299 that have left by each exit are needed/)
  const nearest = Number(/--max-accuracy-loss ([\d.]+)/.exec(refusal.hint ?? '')?.[1])
  assert.ok(nearest > 1, refusal.hint)
  const found = choose(nearest / 100)
  assert.ok(found.some((value) => value < never))
})

test('measured among those that left, no exit loses more on the images that chose', () => {
  const chosenOn = draw(300, createRandom(21))
  for (const among of ['left-by', 'left-at'] as const) {
    const found = thresholdsForGoal(chosenOn, undefined, optionsFor(among, 0.04, 'measured'))
    for (const { harmed, gained, of } of groupsOf(tallyOf(chosenOn, found), found, never, among)) {
      assert.ok((harmed - gained) / Math.max(1, of) <= 0.04 + 1e-9)
    }
    assert.ok(found.some((value) => value < never))
  }
})

test('a proven step is told at its limit, and exits that these images chose for are no proof', () => {
  const table = draw(800, createRandom(2))
  const counts = riskCounts(tallyOf(table, [0.9, 0.9]), [0.9, 0.9], never)
  const of = (among: LossGroup) =>
    boundOf(counts, { kind: 'loss', maxLoss: 0.2, by: 'proven', among }, 0.95)
  assert.deepEqual(
    lossGroups.map((among) => [of(among).bound, of(among).by, of(among).areExitsProved]),
    [
      [0.2, 'fixed-sequence', false],
      [0.2, 'fixed-sequence', false],
      [0.2, 'fixed-sequence', true],
    ],
  )
  assert.equal(of('left-by').exits[0]?.leftBy.bound, 0.2)
  const open = boundOf(counts, { kind: 'exit-rate', shares: [0.5] }, 0.95)
  assert.equal(open.bound, upperBound(counts.harmed, 800, 0.95))
  assert.equal(open.areExitsProved, true)
})
