// The choice of a codec on made-up samples: fewest bytes, and a loss that is known.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FeatureForm } from '../../../src/domain/feature-codec.ts'
import { calibrate, type CalibrateOptions } from '../../../src/lab/evaluation/calibrate.ts'
import {
  candidatesTable,
  codecsOfFolds,
} from '../../../src/report/evaluation/calibration-tables.ts'
import { chooseCodec } from '../../../src/lab/evaluation/choose-codec.ts'
import { foldsOf } from '../../../src/lab/evaluation/cross-fit.ts'
import type { SampleScores, Scores } from '../../../src/lab/evaluation/scores.ts'
import { splitSamples } from '../../../src/lab/evaluation/split-samples.ts'
import { drawScores } from './made-up.ts'

const options: CalibrateOptions = {
  goal: { kind: 'exit-rate', shares: [0.3, 0.6] },
  confidence: 0.95,
  minExitShare: 0,
  criterion: 'softmax',
  split: 1,
  seed: 1,
  links: [],
}
const drawn = drawScores({ count: 1000 })

/** So many samples that float32 gets right at this exit are wrong with the form; the edge's are as they were. */
function spoilt(exit: number, count: number): readonly SampleScores[] {
  let left = count
  return drawn.samples.map((sample) => {
    const values = [...sample.values]
    const own = values[exit] ?? new Float32Array()
    const isRight = own.indexOf(Math.max(...own)) === sample.label
    if (!isRight || left === 0) return sample
    left--
    values[exit] = own.map((_, c) => (c === sample.label ? -9 : 0))
    return { ...sample, values }
  })
}

function scoresWith(forms: Partial<Record<FeatureForm, readonly SampleScores[]>>): Scores {
  const compared = Object.entries(forms).map(([form, samples]) => ({
    form: form as FeatureForm,
    samples,
  }))
  return { ...drawn, compared }
}

test('of forms that lose nothing the one of fewest bytes is chosen, packed where that is smaller', () => {
  const { codec, candidates } = chooseCodec(scoresWith({ int8: drawn.samples }), options, 0.003)
  assert.equal(codec, 'int8+deflate')
  assert.deepEqual(
    candidates.map((one) => [one.codec, one.cascadeLoss, one.exitLoss]),
    [
      ['float32', 0, 0],
      ['int8+deflate', 0, 0],
    ],
  )
  const [float32, int8] = candidates
  const [edge = 0, , cloud = 0] = candidates[0]?.measured.shares ?? []
  assert.ok(Math.abs((float32?.bytes ?? 0) - 1000 * (1 - edge + cloud)) < 1e-6)
  assert.ok(Math.abs((int8?.bytes ?? 0) - 200 * (1 - edge + cloud)) < 1e-6)
})

test('a form is refused where one exit behind a link loses more than is allowed, seldom reached or not', () => {
  for (const [lost, wanted] of [
    [3, 'int8+deflate'],
    [4, 'float32'],
  ] as const) {
    const { codec, candidates } = chooseCodec(scoresWith({ int8: spoilt(2, lost) }), options, 0.003)
    assert.equal(codec, wanted)
    assert.ok(Math.abs((candidates[1]?.exitLoss ?? 0) - lost / 1000) < 1e-9)
    assert.equal(candidates[1]?.isAllowed, wanted !== 'float32')
    const { rows } = candidatesTable(candidates, codec)
    assert.equal(rows[1]?.at(-1), wanted === 'float32' ? 'loses too much' : 'chosen')
  }
})

test('thresholds are chosen with the form that is chosen', () => {
  // As a coarse grid does: every exit behind a link is less sure, in the same order.
  const samples = drawn.samples.map((sample) => ({
    ...sample,
    values: sample.values.map((values, exit) => (exit === 0 ? values : values.map((v) => v / 2))),
  }))
  const { codec, calibration } = chooseCodec(scoresWith({ int8: samples }), options, 0.003)
  assert.equal(codec, 'int8+deflate')
  assert.deepEqual(
    calibration.thresholds,
    calibrate({ ...drawn, samples }, { ...options, codec }).thresholds,
  )
  const [, float32 = 0] = calibrate(drawn, options).exits.map((exit) => exit.temperature)
  const [, int8 = 0] = calibration.exits.map((exit) => exit.temperature)
  assert.ok(Math.abs(float32 / int8 - 2) < 0.05, `${float32}, ${int8}`)
})

/** The samples with those of `spoilers` that are spoilt at the last exit. */
function spoiltIn(spoilers: ReadonlySet<string>): readonly SampleScores[] {
  return drawn.samples.map((sample) => {
    if (!spoilers.has(sample.file)) return sample
    const values = [...sample.values]
    values[2] = (values[2] as Float32Array).map((_, c) => (c === sample.label ? -9 : 0))
    return { ...sample, values }
  })
}

test('what proves has no say in the codec: harm that only the testing half shows is counted, not avoided', () => {
  const halved = { ...options, split: 0.5 }
  const { chosenOn, testedOn } = splitSamples(drawn.samples, halved)
  const files = (samples: readonly SampleScores[]) => new Set(samples.map(({ file }) => file))
  for (const [half, wanted] of [
    [testedOn, 'int8+deflate'],
    [chosenOn, 'float32'],
  ] as const) {
    const scores = scoresWith({ int8: spoiltIn(files(half)) })
    const { codec, calibration, candidates } = chooseCodec(scores, halved, 0.003)
    assert.equal(codec, wanted)
    assert.equal(candidates[1]?.measured.samples, 500)
    assert.equal(calibration.onTested?.samples, 500)
    // All that reach the last exit are wrong there, and it is told of.
    if (half === testedOn) assert.equal(calibration.onTested.lastAccuracy, 0)
  }
})

test('with folds each is measured by the codec that the others chose, and the output says which', () => {
  // One image in a hundred is spoilt, all of them in the same fold: it alone does not know of them.
  const folded = { ...options, folds: 5 }
  const mixed = foldFiles(5)
  const spoilers = new Set((mixed[2] ?? []).slice(0, 10))
  const scores = scoresWith({ int8: spoiltIn(spoilers) })
  const { codec, calibration, ofFolds } = chooseCodec(scores, folded, 0.003)
  assert.equal(codec, 'float32')
  assert.deepEqual(ofFolds, ['float32', 'float32', 'int8+deflate', 'float32', 'float32'])
  const alone = calibrate(drawn, folded)
  const harmed = (one: typeof calibration) => one.crossValidated?.lastAccuracy ?? 0
  // Measured by int8 in that fold: what it spoils is seen.
  assert.ok(harmed(alone) - harmed(calibration) > 0.004, `${harmed(alone)}, ${harmed(calibration)}`)
  assert.equal(
    codecsOfFolds(calibration, ofFolds),
    'Each fold was measured by the codec that the other folds chose, float32 in 4, int8+deflate in 1 of 5: the bound holds for these on average',
  )
})

/** Files of each fold, as cross-fitting mixes them. */
function foldFiles(count: number): readonly (readonly string[])[] {
  const files: string[][] = []
  foldsOf(drawn, 'softmax', { memory: 'off', seed: options.seed }, count, (others) => {
    const kept = new Set(others(drawn.samples))
    files.push(drawn.samples.filter((sample) => !kept.has(sample)).map(({ file }) => file))
    return drawn.samples
  })
  return files
}
