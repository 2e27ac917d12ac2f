// Failure prediction and the fit of the learned criterion beside scikit-learn's, NumPy's and SciPy's numbers
// (test/golden/calibration), and what holds for all samples.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import { repoPath } from '../../helpers/paths.ts'
import { confidenceOf, type ConfidenceName } from '../../../src/domain/confidence.ts'
import { learnedConfidence, learnedFeatures } from '../../../src/domain/learned.ts'
import { createRandom } from '../../../src/domain/random.ts'
import { aurcParts, auroc, leastAurc } from '../../../src/lab/evaluation/failure-prediction.ts'
import { fitLearned } from '../../../src/lab/evaluation/fit-learned.ts'
import { rankCriteria } from '../../../src/lab/evaluation/rank-criteria.ts'
import { fitLogistic } from '../../../src/lab/evaluation/ridge-logistic.ts'
import { riskCoverage } from '../../../src/lab/evaluation/risk-coverage.ts'
import { drawSamples } from './made-up.ts'

interface Golden {
  readonly failure: readonly {
    readonly confidence: number[]
    readonly right: number[]
    readonly auroc: number
    readonly aurc: number
    readonly least: number
    readonly ties: boolean
  }[]
  readonly ridge: {
    readonly offset: number[]
    readonly columns: number[][]
    readonly group: number[]
    readonly right: number[]
    readonly strength: number
    readonly fit: number[]
  }
  readonly features: readonly {
    readonly logits: number[]
    readonly temperature: number
    readonly predicted: number
    readonly odds: number
    readonly margin: number
    readonly entropy: number
    readonly energy: number
  }[]
}

const golden = JSON.parse(
  readFileSync(repoPath('test/golden/calibration/golden.json'), 'utf8'),
) as Golden
const close = (a: number, b: number, by = 1e-12) => assert.ok(Math.abs(a - b) <= by, `${a}, ${b}`)
const meanOf = (values: Float64Array) => values.reduce((sum, v) => sum + v, 0) / values.length

test("AUROC and AURC are scikit-learn's and NumPy's, with ties and without", () => {
  for (const { confidence, right, ties, ...expected } of golden.failure) {
    const table = { confidence, isRight: right }
    close(auroc(table), expected.auroc)
    // Ties were shuffled there.
    close(meanOf(aurcParts(table)), expected.aurc, ties ? 2e-3 : 1e-12)
    close(leastAurc(right.length, right.filter((one) => one === 0).length), expected.least)
  }
})

const table = fc
  .array(fc.tuple(fc.constantFrom(0, 0.25, 0.5, 0.9, Number.NaN), fc.constantFrom(0, 1)), {
    minLength: 1,
    maxLength: 40,
  })
  .map((pairs) => ({ confidence: pairs.map(([c]) => c), isRight: pairs.map(([, r]) => r) }))

test('the parts of samples are the area under the curve, never below the least one', () => {
  fc.assert(
    fc.property(table, ({ confidence, isRight }) => {
      const judged = confidence.map((one, i) => ({ confidence: one, isRight: isRight[i] === 1 }))
      const area = meanOf(aurcParts({ confidence, isRight }))
      close(area, riskCoverage(judged).aurc)
      const least = leastAurc(isRight.length, isRight.filter((one) => one === 0).length)
      assert.ok(area >= least - 1e-12, `${area} ${least}`)
    }),
  )
})

test('AUROC is that of all pairs counted, and undecided where all are right or all wrong', () => {
  fc.assert(
    fc.property(table, ({ confidence, isRight }) => {
      const key = confidence.map((one) => (Number.isNaN(one) ? -1 : one))
      let [pairs, won] = [0, 0]
      for (const [i, right] of isRight.entries()) {
        for (const [k, other] of isRight.entries()) {
          if (right !== 1 || other !== 0) continue
          pairs++
          won += key[i] === key[k] ? 0.5 : Number((key[i] ?? 0) > (key[k] ?? 0))
        }
      }
      if (pairs === 0) assert.ok(Number.isNaN(auroc({ confidence, isRight })))
      else close(auroc({ confidence, isRight }), won / pairs)
    }),
  )
})

test("the regression with groups finds SciPy's minimum", () => {
  const { fit, strength, ...rows } = golden.ridge
  const all = rows.right.map((_, row) => row)
  const found = fitLogistic({ ...rows, groups: 3 }, all, strength)
  const own = [found.bias, ...found.slopes, ...found.groups]
  for (const [i, value] of fit.entries()) close(own[i] ?? Number.NaN, value, 1e-4)
})

test('what the learned criterion looks at is what its definitions say', () => {
  for (const { logits, temperature, predicted, ...expected } of golden.features) {
    const found = learnedFeatures(logits, temperature)
    assert.equal(found.predicted, predicted)
    for (const name of ['odds', 'margin', 'entropy', 'energy'] as const) {
      close(found[name], expected[name], 1e-9)
    }
  }
})

const untaught = { bias: 0, odds: 1, margin: 0, entropy: 0, energy: 0 }
const logits = fc.array(fc.double({ min: -3e38, max: 3e38, noNaN: true }), {
  minLength: 1,
  maxLength: 12,
})
const weight = fc.double({ min: -50, max: 50, noNaN: true })

test('with nothing learned it is softmax, for any values and temperature', () => {
  const near = fc.array(fc.double({ min: -40, max: 40, noNaN: true }), { minLength: 1 })
  fc.assert(
    fc.property(near, fc.double({ min: 0.05, max: 20, noNaN: true }), (values, t) => {
      close(
        learnedConfidence(values, t, untaught),
        confidenceOf(values, 'softmax', 'logits', t),
        1e-9,
      )
    }),
  )
})

test('whatever the weights it lies in [0, 1], also of the largest numbers there are', () => {
  const weights = fc.record({
    ...{ bias: weight, odds: weight, margin: weight, entropy: weight, energy: weight },
    classes: fc.array(weight, { maxLength: 3 }),
  })
  fc.assert(
    fc.property(logits, weights, (values, learned) => {
      const confidence = learnedConfidence(values, 0.05, learned)
      assert.ok(confidence >= 0 && confidence <= 1, `${confidence}`)
    }),
  )
})

/** Samples of one exit of which a class is too sure of itself: answers of class 0 are right by half, however sure. */
function drawBiased(count: number, seed: number, bias = 1) {
  const random = createRandom(seed)
  return drawSamples({ count, skills: [2.2], seed }).map(({ label, values: [values] }) => {
    const logits = Float32Array.from(values ?? [])
    if (random() < 0.25 * bias) {
      logits.fill(0)
      logits[0] = 6 + random()
    }
    return { logits, temperature: 1, isRight: logits.indexOf(Math.max(...logits)) === label }
  })
}

const areaOf = (samples: ReturnType<typeof drawBiased>, of: (logits: Float32Array) => number) =>
  meanOf(
    aurcParts({
      confidence: samples.map((sample) => of(sample.logits)),
      isRight: samples.map(({ isRight }) => Number(isRight)),
    }),
  )

test('where one class is too sure of itself, what was learned tells right from wrong on other samples', () => {
  const { learned, strength } = fitLearned(drawBiased(600, 1), 4)
  const others = drawBiased(600, 2)
  const plain = areaOf(others, (values) => confidenceOf(values, 'softmax'))
  const taught = areaOf(others, (values) => learnedConfidence(values, 1, learned))
  assert.ok(taught < 0.7 * plain, `${taught} ${plain}`)
  assert.ok(strength < 300, `${strength}`)
})

test('the same samples give the same weights, and samples without numbers take no part', () => {
  const samples = drawBiased(200, 3)
  const first = fitLearned(samples, 4)
  assert.deepEqual(fitLearned(samples, 4), first)
  const broken = { logits: [Number.NaN, 1, 2, 3], temperature: 1, isRight: true }
  const more = fitLearned([...samples, broken], 4)
  assert.deepEqual(more.learned, first.learned)
  assert.ok(Number.isNaN(more.outOfFold.at(-1)))
})

test('an exit that is always right, or has no samples, still has weights', () => {
  const right = drawBiased(60, 4, 0).map((sample) => ({ ...sample, isRight: true }))
  for (const samples of [right, []]) {
    const { learned } = fitLearned(samples, 4)
    for (const value of [learned.bias, learned.odds, learned.margin, ...(learned.classes ?? [])]) {
      assert.ok(Number.isFinite(value))
    }
  }
})

/** Ranks by samples, the learned one by what it says of those that it did not fit. */
function rank(samples: ReturnType<typeof drawBiased>) {
  const isRight = samples.map((sample) => Number(sample.isRight))
  const learned = fitLearned(samples, 4).outOfFold
  return rankCriteria((name) => ({
    confidence:
      name === 'learned' ? learned : samples.map((sample) => confidenceOf(sample.logits, name)),
    isRight,
  }))
}

test('the criterion of the least area is best, by how much and how surely', () => {
  const found = rank(drawBiased(600, 5))
  assert.equal(found.best, 'learned')
  close(found.gain, found.aurc.softmax - found.aurc.learned)
  assert.ok(found.gain > 3 * found.gainError, `${found.gain} ${found.gainError}`)
})

/** By each criterion, the place of the only wrong one among ten samples, the surest 0. */
function rankPlaces(places: Readonly<Record<ConfidenceName, number>>) {
  return rankCriteria((name) => ({
    confidence: Array.from({ length: 10 }, (_, i) => 1 - i / 10),
    isRight: Array.from({ length: 10 }, (_, i) => Number(i !== places[name])),
  }))
}

test('of equals the simplest is best, and raw never', () => {
  const places = { softmax: 5, entropy: 4, margin: 7, raw: 9, learned: 7 }
  assert.equal(rankPlaces(places).best, 'margin')
  assert.equal(rankPlaces({ ...places, softmax: 7 }).best, 'softmax')
  assert.ok(rankPlaces(places).aurc.raw < rankPlaces(places).aurc.margin)
})
