// The guarantee: thresholds chosen at a confidence keep the true risk below the limit that often.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { argmax, confidenceOf } from '../../../src/domain/confidence.ts'
import { neverOf } from '../../../src/domain/leaves.ts'
import { createRandom } from '../../../src/domain/random.ts'
import {
  createColumns,
  pickRows,
  tallyOf,
  type ExitColumns,
} from '../../../src/lab/evaluation/exit-columns.ts'
import type { ChoiceOptions } from '../../../src/lab/evaluation/choice-options.ts'
import { thresholdsForGoal } from '../../../src/lab/evaluation/goal-thresholds.ts'
import { DdnnError } from '../../../src/errors.ts'
import { drawSamples } from './made-up.ts'

const samples = drawSamples({ count: 40_000 })
const exits = [0, 1, 2]
/** So large that its shares are the true ones: the resamplings draw from it with replacement. */
const population: ExitColumns = createColumns(
  exits.map((exit) =>
    Float64Array.from(samples, ({ values }) => confidenceOf(values[exit] ?? [], 'softmax')),
  ),
  exits.map((exit) =>
    Uint8Array.from(samples, ({ values, label }) => Number(argmax(values[exit] ?? []) === label)),
  ),
)
const maxLoss = 0.02
const options = (confidence: number, limit = maxLoss): ChoiceOptions => ({
  goal: { kind: 'loss', maxLoss: limit, by: 'proven' },
  confidence,
  minExitShare: 0,
  costs: [0.33, 0.67, 1],
  exitMs: [2, 5, 9],
  never: neverOf('softmax'),
})

interface Resampled {
  /** Resamplings whose true risk is above the limit. */
  readonly broken: number
  /** Mean share that leaves before the last exit. */
  readonly early: number
}

/** Draws 200 calibration sets, chooses on half of each, and looks at the truth. */
function resample(count: number, confidence: number): Resampled {
  const random = createRandom(2024)
  const draw = () =>
    pickRows(
      population,
      Array.from({ length: count / 2 }, () => Math.floor(random() * population.samples)),
    )
  let broken = 0
  let early = 0
  for (let i = 0; i < 200; i++) {
    const { harmed, left } = tallyOf(
      population,
      thresholdsForGoal(draw(), draw(), options(confidence)),
    )
    if (harmed / population.samples > maxLoss) broken++
    early += 1 - (left[2] as number) / population.samples
  }
  return { broken, early: early / 200 }
}

test('at confidence 0.95 the bound is broken in at most 17 of 200 resamplings, and not for want of trying', () => {
  const { broken, early } = resample(2000, 0.95)
  assert.ok(broken <= 17, `${broken} of 200`)
  // What the whole population would let leave at this limit.
  const best = tallyOf(population, thresholdsForGoal(population, population, options(0.95)))
  const possible = 1 - (best.left[2] as number) / population.samples
  assert.ok(early > possible - 0.1, `${early} of ${possible} leave early`)
})

test('at confidence 0.5 the same choice breaks the bound far more often: it is the confidence that holds it', () => {
  const { broken } = resample(2000, 0.5)
  assert.ok(broken > 17 && broken <= 118, `${broken} of 200`)
})

for (const [of, needed] of [
  // ceil(log 0.05 / log 0.995)
  ['harmed', 598],
  ['net', 602],
] as const) {
  test(`a loss of ${of} that these samples cannot prove is refused with the nearest one that they can`, () => {
    const few = pickRows(
      population,
      Array.from({ length: 300 }, (_, i) => i),
    )
    const more = pickRows(
      population,
      Array.from({ length: 300 }, (_, i) => 1000 + i),
    )
    const optionsOf = (limit: number): ChoiceOptions => ({
      ...options(0.95),
      goal: { kind: 'loss', maxLoss: limit, by: 'proven', of },
    })
    let message = ''
    assert.throws(
      () => thresholdsForGoal(few, more, optionsOf(0.005)),
      (error) => {
        message = String((error as DdnnError).message) + (error as DdnnError).hint
        return error instanceof DdnnError && error.code === 'DDNN_CONFIG_INVALID'
      },
    )
    assert.match(message, new RegExp(`even without an error ${needed} are needed`))
    const nearest = Number(/--max-accuracy-loss ([\d.]+)/.exec(message)?.[1])
    // 0.9940 points = 1 - 0.05^(1/300), rounded up.
    assert.ok(nearest >= 0.99 && nearest < 2, message)
    const thresholds = thresholdsForGoal(few, more, optionsOf(nearest / 100))
    assert.ok(tallyOf(few, thresholds).left[2] !== 300)
  })
}
