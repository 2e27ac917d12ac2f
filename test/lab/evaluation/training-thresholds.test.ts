// Temperature and thresholds, on samples whose right answer is known beforehand.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../../src/domain/random.ts'
import { toCascadeSample, type CascadeSample } from '../../../src/lab/evaluation/cascade-sample.ts'
import { fitTemperature, meanNll, type Scored } from '../../../src/lab/evaluation/temperature.ts'
import { thresholdsOfTraining } from '../../../src/lab/evaluation/training-thresholds.ts'
import { cascadeBySample } from './by-sample.ts'

/** Samples whose labels are drawn from softmax(logits / temperature): that temperature fits best. */
function drawScored(count: number, temperature: number): Scored[] {
  const random = createRandom(11)
  return Array.from({ length: count }, () => {
    const logits = Array.from({ length: 4 }, () => 6 * (random() - 0.5))
    const weights = logits.map((value) => Math.exp(value / temperature))
    let left = random() * weights.reduce((sum, w) => sum + w, 0)
    const label = weights.findIndex((w) => (left -= w) < 0)
    return { logits, label }
  })
}

for (const temperature of [0.5, 1, 2.5]) {
  test(`the temperature that labels were drawn at, ${temperature}, is found again`, () => {
    const samples = drawScored(20_000, temperature)
    const fitted = fitTemperature(samples)
    assert.ok(Math.abs(fitted / temperature - 1) < 0.06, `got ${fitted}`)
    assert.ok(meanNll(samples, fitted) <= meanNll(samples, temperature) + 1e-9)
  })
}

test('no samples leave the temperature at 1', () => {
  assert.equal(fitTemperature([]), 1)
})

test('a sample leaves at the first exit at or above its threshold, else at the last', () => {
  const sample = (...confidences: number[]): CascadeSample => ({
    confidences,
    isRight: [false, true, false],
  })
  const samples = [sample(0.9, 0.9, 0.9), sample(0.8, 0.7, 0.9), sample(0.1, 0.69, 0.1)]
  const { accuracy, shares } = cascadeBySample(samples, [0.85, 0.7])
  assert.deepEqual(shares, [1 / 3, 1 / 3, 1 / 3])
  assert.equal(accuracy, 1 / 3)
})

test('a cascade sample holds the calibrated confidence and the rightness of each exit', () => {
  const { confidences, isRight } = toCascadeSample(
    [
      [Math.log(3), 0],
      [0, Math.log(9)],
    ],
    1,
    [1, 2],
  )
  assert.ok(Math.abs((confidences[0] as number) - 0.75) < 1e-9)
  assert.ok(Math.abs((confidences[1] as number) - 0.75) < 1e-9)
  assert.deepEqual(isRight, [false, true])
})

/** Exits that are right as often as they are confident; the later ones are better. */
function drawCascade(count: number, skills: readonly number[]): CascadeSample[] {
  const random = createRandom(5)
  return Array.from({ length: count }, () => {
    const difficulty = random()
    const confidences = skills.map((skill) => Math.min(0.999, 1 - difficulty ** skill * 0.9))
    const luck = random()
    return { confidences, isRight: confidences.map((confidence) => luck < confidence) }
  })
}

test('thresholds keep the accuracy near the last exit and let a share leave at each exit', () => {
  const samples = drawCascade(1000, [1.5, 2, 2.5])
  const last = cascadeBySample(samples, [2, 2])
  const thresholds = thresholdsOfTraining(samples)
  assert.equal(thresholds.length, 2)
  const { accuracy, shares } = cascadeBySample(samples, thresholds)
  assert.ok(accuracy >= last.accuracy - 0.005, `${accuracy} of ${last.accuracy}`)
  for (const share of shares) assert.ok(share >= 0.1, shares.join(' '))
})

test('a looser bound lets more leave early', () => {
  const samples = drawCascade(1000, [1.5, 2, 2.5])
  const depth = (maxLoss: number) => {
    const { shares } = cascadeBySample(
      samples,
      thresholdsOfTraining(samples, { maxLoss, minShare: 0 }),
    )
    return shares.reduce((sum, share, i) => sum + share * i, 0)
  }
  assert.ok(depth(0.1) < depth(0.001))
})

test('eight exits get seven thresholds, one exit none', () => {
  const skills = [0.5, 0.6, 0.8, 1, 1.3, 1.7, 2.2, 3]
  assert.equal(thresholdsOfTraining(drawCascade(200, skills)).length, 7)
  assert.deepEqual(thresholdsOfTraining(drawCascade(20, [1])), [])
})
