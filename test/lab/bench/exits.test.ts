// bench/exits.mjs: what it measures is what `ddnn calibrate` gives, and its tables say what was measured.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { calibrate, type CalibrateOptions } from '../../../src/lab/evaluation/calibrate.ts'
import { columnsOfScores } from '../../../src/lab/evaluation/columns-of-scores.ts'
import { tallyOf, type ExitColumns } from '../../../src/lab/evaluation/exit-columns.ts'
import type { Scores } from '../../../src/lab/evaluation/scores.ts'
import { repoPath } from '../../helpers/paths.ts'
import { drawScores } from '../evaluation/made-up.ts'

interface Cascade {
  readonly rate: string
  readonly by: string
  readonly asked: string
  readonly criteria: readonly string[]
  readonly thresholds?: readonly number[]
  readonly accuracy: number
  readonly loss: number
  readonly leave: readonly number[]
}
interface Exit {
  readonly memory: string
  readonly exit: string
  readonly isKept: boolean
  readonly nll: number
  readonly accuracy: number
  readonly aurc: number
  readonly ece: number
}
interface Split {
  readonly seed: number
  readonly chosenOn: number
  readonly testedOn: number
  readonly cascades: readonly Cascade[]
  readonly exits: readonly Exit[]
}
interface Spread {
  readonly mean: number
  readonly error: number
}

async function load<T>(file: string): Promise<T> {
  return (await import(pathToFileURL(repoPath('bench', 'exits', file)).href)) as T
}
const { measureSplit } = await load<{
  measureSplit: (
    scores: Scores,
    options: { split: number; seed: number; rates: readonly (readonly number[])[] },
  ) => Split
}>('measure.mjs')
const { thresholdsAtRates } = await load<{
  thresholdsAtRates: (
    columns: ExitColumns,
    shares: readonly number[],
    never: number,
  ) => readonly number[]
}>('equal-rates.mjs')
const { spreadOf, differenceOf, signed } = await load<{
  spreadOf: (values: readonly number[]) => Spread
  differenceOf: (values: readonly number[], from: readonly number[]) => Spread
  signed: (spread: Spread, digits: number) => string
}>('spread.mjs')
const { criteriaTable, takenByBest, memoryTable } = await load<{
  criteriaTable: (
    splits: readonly Pick<Split, 'cascades'>[],
    exits: readonly string[],
    of: { rate: string; by: string },
  ) => string
  takenByBest: (
    splits: readonly Pick<Split, 'cascades'>[],
    exits: readonly string[],
  ) => readonly string[]
  memoryTable: (splits: readonly Pick<Split, 'exits'>[], exits: readonly string[]) => string
}>('tables.mjs')

const scores = drawScores({ count: 600, sharpness: 2 })
const rates = [[0.4, 0.8]]
const split = measureSplit(scores, { split: 0.5, seed: 3, rates })

describe('A split of bench/exits.mjs', () => {
  const options: CalibrateOptions = {
    goal: { kind: 'exit-rate', shares: [0.4, 0.8] },
    confidence: 0.95,
    minExitShare: 0,
    criterion: 'softmax',
    split: 0.5,
    seed: 3,
    links: [],
  }

  for (const criterion of ['softmax', 'margin', 'learned', 'best'] as const) {
    test(`has by the goal what calibrate measures under ${criterion}`, () => {
      const { onTested, thresholds } = calibrate(scores, { ...options, criterion, memory: 'auto' })
      const own = split.cascades.find(({ by, asked }) => by === 'goal' && asked === criterion)
      assert.deepEqual(
        [own?.thresholds, own?.accuracy, own?.loss, own?.leave],
        [thresholds, onTested?.accuracy, onTested?.loss, onTested?.shares],
      )
    })
  }

  for (const memory of ['off', 'on', 'auto'] as const) {
    test(`has of exits what calibrate says with memory ${memory}`, () => {
      const { exits } = calibrate(scores, { ...options, memory })
      const own = split.exits.filter((one) => one.memory === memory)
      for (const [i, { name, after, accuracy, riskCoverage, memory: kept }] of exits.entries()) {
        const { aurc = NaN, ...rest } = own[i] ?? {}
        const { nll, ece } = after
        const isKept = kept !== undefined
        assert.deepEqual(rest, { memory, exit: name, isKept, nll, accuracy, ece })
        assert.ok(Math.abs(aurc - riskCoverage.softmax.aurc) < 1e-12, `${name} ${aurc}`)
      }
    })
  }
})

test('equal rates let the same shares of the images that chose leave under every criterion', () => {
  const never = 1e39
  for (const criterion of ['softmax', 'entropy', 'margin', 'raw'] as const) {
    const columns = columnsOfScores(scores.samples, scores.exits, [], criterion)
    const { left } = tallyOf(columns, thresholdsAtRates(columns, [0.4, 0.8], never))
    assert.deepEqual([...left], [240, 240, 120], criterion)
    const none = thresholdsAtRates(columns, [0, 0], never)
    assert.deepEqual([...none], [never, never])
  }
})

test('a rate for each early exit is asked for', () => {
  const columns = columnsOfScores(scores.samples, scores.exits, [], 'softmax')
  assert.throws(
    () => thresholdsAtRates(columns, [0.5], 2),
    /Expected 2 shares for 3 exits, got 0.5/,
  )
})

describe('Means over splits', () => {
  test('have the standard error of the mean', () => {
    // Squares of 2, 0 and 2 over 2, over 3 again.
    assert.deepEqual(spreadOf([1, 3, 5]), { mean: 3, error: Math.sqrt(8 / 2 / 3) })
    assert.ok(Number.isNaN(spreadOf([1]).error))
  })

  test('are compared pair by pair, so that what both share is in no error', () => {
    assert.deepEqual(differenceOf([11, 22, 33], [10, 21, 32]), { mean: 1, error: 0 })
  })

  test('carry their sign, and none where nothing is left', () => {
    assert.equal(signed({ mean: 0.126, error: 0.034 }, 2), '+0.13 ± 0.03')
    assert.equal(signed({ mean: -0.126, error: 0.034 }, 2), '-0.13 ± 0.03')
    assert.equal(signed({ mean: -0.001, error: 0.004 }, 2), '0.00 ± 0.00')
    assert.equal(signed({ mean: 0.5, error: Number.NaN }, 1), '+0.5')
  })
})

const rate = '0.5'
const by = 'goal'
const cascadesOf = (plain: number, best: number, taken: string): { cascades: Cascade[] } => ({
  cascades: [
    {
      ...{ rate, by, asked: 'softmax', criteria: ['softmax', 'softmax'] },
      ...{ accuracy: plain, loss: 0.01, leave: [0.5, 0.5] },
    },
    {
      ...{ rate, by, asked: 'best', criteria: [taken, taken] },
      ...{ accuracy: best, loss: 0, leave: [0.52, 0.48] },
    },
  ],
})
const exits = ['edge', 'cloud']

test('the table of criteria has each beside softmax', () => {
  const splits = [cascadesOf(0.9, 0.91, 'margin'), cascadesOf(0.8, 0.83, 'softmax')]
  const rows = criteriaTable(splits, exits, { rate, by }).split('\n').slice(2)
  assert.deepEqual(rows, [
    '| softmax | 85.00 | 1.00 | 50.0, 50.0 |  |',
    '| `best` | 87.00 | 0.00 | 52.0, 48.0 | +2.00 ± 1.00 |',
  ])
})

test('what best took is counted at each exit but the last', () => {
  const splits = ['softmax', 'margin', 'margin'].map((taken) => cascadesOf(0.9, 0.9, taken))
  assert.deepEqual(takenByBest(splits, exits), ['edge margin 2, softmax 1'])
})

test('the table of memory has on and auto beside off, and how often it was kept', () => {
  const of = (exit: string, memory: string, nll: number, isKept: boolean): Exit => ({
    ...{ exit, memory, isKept, nll },
    ...{ accuracy: 0.9, aurc: 0.02, ece: 0.03 },
  })
  const splitOf = (on: number, isKept: boolean) => ({
    exits: [
      of('edge', 'off', 0.5, false),
      of('cloud', 'off', 0.4, false),
      of('cloud', 'on', on, true),
      of('cloud', 'auto', isKept ? on : 0.4, isKept),
    ],
  })
  const rows = memoryTable([splitOf(0.3, true), splitOf(0.4, false)], exits)
    .split('\n')
    .slice(2)
  const same = '90.00 (0.00 ± 0.00) | 20.00 (0.00 ± 0.00) | 3.00 (0.00 ± 0.00)'
  assert.deepEqual(rows, [
    '| edge | off | 0.5000 | 90.00 | 20.00 | 3.00 |  |',
    '| cloud | off | 0.4000 | 90.00 | 20.00 | 3.00 |  |',
    `| cloud | on | 0.3500 (-0.0500 ± 0.0500) | ${same} | 2 of 2 |`,
    `| cloud | auto | 0.3500 (-0.0500 ± 0.0500) | ${same} | 1 of 2 |`,
  ])
})
