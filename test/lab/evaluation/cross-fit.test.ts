// Proof by folds, and by a set of its own that tests.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { upperBound } from '../../../src/domain/binomial.ts'
import { createRandom } from '../../../src/domain/random.ts'
import { DdnnError } from '../../../src/errors.ts'
import { calibrate, type CalibrateOptions } from '../../../src/lab/evaluation/calibrate.ts'
import { calibratedFolders, recordOf } from '../../../src/lab/evaluation/calibration-record.ts'
import { chooseCrossFitted, measureFolds } from '../../../src/lab/evaluation/cross-fit.ts'
import { pickRows, tallyOf, toColumns } from '../../../src/lab/evaluation/exit-columns.ts'
import type { ChoiceOptions } from '../../../src/lab/evaluation/choice-options.ts'
import { joinScores } from '../../../src/lab/evaluation/join-scores.ts'
import { boundSentences } from '../../../src/report/evaluation/risk-tables.ts'
import { drawScores } from './made-up.ts'

const options: CalibrateOptions = {
  goal: { kind: 'loss', maxLoss: 0.03, by: 'proven' },
  ...{ confidence: 0.95, minExitShare: 0, criterion: 'softmax', seed: 1, links: [] },
  split: 1,
  folds: 5,
}
const scores = drawScores({ count: 260 })

test('with folds every image tests once, under thresholds that it did not choose, and a loss is proved', () => {
  const { bound, crossValidated, onTested, onChosen, folds, thresholds } = calibrate(
    scores,
    options,
  )
  assert.equal(onTested, undefined)
  assert.deepEqual([folds, onChosen.samples, crossValidated?.samples], [5, 260, 260])
  assert.equal(bound?.by, 'cross-fitting')
  assert.equal(bound.bound, 0.03)
  assert.ok((crossValidated?.harmed ?? 1) < 0.03 && thresholds.some((value) => value < 2))
  assert.ok((bound.folds?.strictBound ?? 0) > 0.03)
  assert.match(boundSentences(bound).join(' '), /the other 4 of 5 folds chose.*hold without that/)
})

test('for other goals the bound is that of the pooled count, and the strict one that of every fold', () => {
  const { bound, crossValidated } = calibrate(scores, {
    ...options,
    goal: { kind: 'exit-rate', shares: [0.5] },
  })
  assert.equal(bound?.bound, upperBound(crossValidated?.harmedCount ?? -1, 260, 0.95))
  assert.ok((bound.folds?.strictBound ?? 0) > bound.bound)
  assert.ok(bound.areExitsProved && bound.exits.length > 0)
})

test('a loss among those that left by each exit is proved by folds that open the same exits', () => {
  const { bound } = calibrate(scores, {
    ...options,
    goal: { kind: 'loss', maxLoss: 0.12, by: 'proven', among: 'left-by' },
  })
  assert.ok(bound !== undefined && bound.exits.length > 0)
  for (const { leftBy } of bound.exits) {
    assert.equal(leftBy.bound, 0.12)
    assert.ok(upperBound(leftBy.harmed, leftBy.left, 0.95) <= 0.12, JSON.stringify(leftBy))
  }
})

test('with folds as with half of the images a goal that nothing can prove is refused', () => {
  assert.throws(
    () =>
      calibrate(drawScores({ count: 100 }), {
        ...options,
        goal: { kind: 'loss', maxLoss: 0.01, by: 'proven' },
      }),
    (thrown: unknown) =>
      thrown instanceof DdnnError &&
      /100 samples to test on.*299/.test(thrown.message) &&
      // What is used already is no advice.
      /more samples; or --empirical/.test(thrown.hint ?? ''),
  )
  assert.throws(
    () =>
      calibrate(drawScores({ count: 100 }), {
        ...options,
        goal: { kind: 'loss', maxLoss: 0.01, by: 'proven' },
        ...{ folds: undefined, split: 0.5 },
      }),
    (thrown: unknown) => thrown instanceof DdnnError && /--folds 5/.test(thrown.hint ?? ''),
  )
  assert.throws(
    () => calibrate(drawScores({ count: 50 }), { ...options, folds: 51 }),
    /--folds to be at most the number of images, 50, got 51/,
  )
})

test('folds break their pooled bound about as rarely as independent images would', () => {
  const random = createRandom(11)
  const draw = () => {
    const ease = random()
    const confidences = [ease * 0.7 + 0.3 * random(), 1]
    return { confidences, isRight: [random() < 0.75 + 0.25 * ease, random() < 0.97] }
  }
  const population = toColumns(Array.from({ length: 20_000 }, draw))
  const choice: ChoiceOptions = {
    goal: { kind: 'exit-rate', shares: [0.6] },
    ...{ confidence: 0.9, minExitShare: 0, costs: [0.5, 1], exitMs: [1, 2], never: 2 },
  }
  let broken = 0
  let strictBroken = 0
  const draws = 120
  for (let i = 0; i < draws; i++) {
    const rows = Array.from({ length: 150 }, () => Math.floor(random() * population.samples))
    const all = pickRows(population, rows)
    const folds = [0, 1, 2, 3, 4].map((fold) => ({
      chosenOn: pickRows(
        population,
        rows.filter((_, k) => k % 5 !== fold),
      ),
      testedOn: pickRows(
        population,
        rows.filter((_, k) => k % 5 === fold),
      ),
      never: 2,
    }))
    const { ofFolds } = chooseCrossFitted(all, folds, choice)
    const { counts, strictBound } = measureFolds(folds, ofFolds, choice)
    const truth =
      ofFolds.reduce((sum, thresholds) => sum + tallyOf(population, thresholds).harmed, 0) /
      (5 * population.samples)
    if (upperBound(counts.harmed, counts.samples, 0.9) < truth) broken++
    if (strictBound < truth) strictBroken++
  }
  // 12 are to be expected of 120 at most; 21 are 3 standard deviations more.
  assert.ok(broken <= 21, `${broken} of ${draws}`)
  assert.equal(strictBroken, 0)
})

test('where one fold keeps an exit closed, its samples that left before count among those that left by it', () => {
  const rows = (count: number, harmed: number) =>
    Array.from({ length: count }, (_, i) => ({
      confidences: [1, 1, 1],
      isRight: [i >= harmed, true, true],
    }))
  const fold = (testedOn: ReturnType<typeof toColumns>) => ({
    chosenOn: testedOn,
    testedOn,
    never: 2,
  })
  const folds = [fold(toColumns(rows(100, 10))), fold(toColumns(rows(50, 10)))]
  const choice = {
    goal: { kind: 'exit-rate', shares: [0.5] },
    confidence: 0.95,
    exitMs: [1, 2, 3],
  } as const
  const { counts } = measureFolds(
    folds,
    [
      [0.5, 0.5],
      [0.5, 2],
    ],
    choice,
  )
  assert.deepEqual(
    counts.groups['left-by'].map(({ exit, harmed, of }) => [exit, harmed, of]),
    [
      [0, 20, 150],
      [1, 20, 150],
    ],
  )
})

test('a set of its own tests: what it says moves no threshold, and a bound is of it alone', () => {
  const other = (seed: number) => ({ ...drawScores({ count: 400, seed }), dataHash: `${seed}` })
  const goal = { kind: 'exit-rate', shares: [0.5] } as const
  const found = [2, 3].map((seed) => {
    const { scores: both, choosing, inBoth } = joinScores(scores, other(seed))
    assert.deepEqual([both.samples.length, choosing, inBoth], [660, 260, 0])
    return calibrate(both, { ...options, goal, folds: undefined, choosing })
  })
  assert.deepEqual(found[0]?.thresholds, found[1]?.thresholds)
  for (const { onChosen, onTested, bound } of found) {
    assert.deepEqual([onChosen.samples, onTested?.samples, bound?.samples], [260, 400, 400])
    assert.equal(bound?.by, 'clopper-pearson')
  }
  assert.notEqual(found[0]?.bound?.harmed, undefined)
})

test('images that chose are refused as those that test, and single ones among them are counted', () => {
  assert.throws(() => joinScores(scores, scores), /other images than those that choose/)
  const none = { ...scores, samples: [], dataHash: 'none' }
  assert.throws(() => joinScores(scores, none), /got none that can be read/)
  const some = { ...scores, samples: scores.samples.slice(0, 30), dataHash: 'some' }
  assert.equal(joinScores(scores, some).inBoth, 30)
})

test('manifests name the images that chose and those that tested, each of which proves nothing again', () => {
  const { scores: both, choosing } = joinScores(scores, {
    ...drawScores({ count: 400, seed: 2 }),
    dataHash: 'tests',
  })
  const calibration = calibrate(both, {
    ...options,
    folds: undefined,
    choosing,
    goal: { kind: 'exit-rate', shares: [0.5] },
  })
  const { data } = recordOf(
    both,
    calibration,
    calibratedFolders(both, calibration, 'float32'),
    '2026-11-30',
  )
  assert.deepEqual(data.sets, [scores.dataHash, 'tests'])
  assert.equal(data.hash, both.dataHash)
})
