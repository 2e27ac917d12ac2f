// What a knob promises: from the calibration's images, or nothing where they say nothing of it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outlookOf } from '../../src/domain/calibration-table.ts'
import { thresholdWords } from '../../src/domain/threshold-words.ts'
import { columnOf, histogramOf, rangeOf, reachedOf } from '../../src/page/knobs/histogram.ts'
import { cascadeOutlook, leaveShare } from '../../src/page/knobs/outlook.ts'
import { exitsOf } from '../../src/page/tiers.ts'
import { fc } from '../helpers/property.ts'
import { madeUpState, madeUpTable } from '../live-page/made-up.ts'

const state = madeUpState(['edge', 'fog', 'cloud'], 'tier')
const exits = exitsOf(state.tiers)
const table = madeUpTable(3)

test('a knob in hand counts in place of what holds, and the others as they were turned', () => {
  const turned = exits.map((exit) => (exit.index === 1 ? { ...exit, turned: 0.6 } : exit))
  const inHand = cascadeOutlook(table, turned, new Map([[0, 0.9]]))
  assert.deepEqual(inHand, outlookOf(table, [0.9, 0.6, 0]))
  assert.ok(inHand !== undefined)
  assert.equal(leaveShare(table, inHand, 2), inHand.leave[2])
})

test('the higher a threshold the fewer leave there, and all leave somewhere', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(share, share, (a, b) => {
      const leaving = [Math.min(a, b), Math.max(a, b)].map((value) => {
        const outlook = cascadeOutlook(table, exits, new Map([[0, value]]))
        assert.ok(Math.abs((outlook?.leave.reduce((x, y) => x + y, 0) ?? 0) - 1) < 1e-9)
        return outlook?.leave[0] ?? -1
      })
      assert.ok((leaving[0] ?? 0) >= (leaving[1] ?? 1))
    }),
  )
})

test('nothing is promised by another criterion, other exits, or of a threshold that nobody says', () => {
  const [first, ...others] = exits
  assert.ok(first !== undefined)
  assert.equal(cascadeOutlook(table, [{ ...first, criterion: 'entropy' }, ...others]), undefined)
  assert.equal(cascadeOutlook(table, [{ ...first, threshold: undefined }, ...others]), undefined)
  assert.equal(cascadeOutlook(table, exits.slice(1)), undefined)
  assert.equal(cascadeOutlook(madeUpTable(2), exits), undefined)
  assert.equal(cascadeOutlook(undefined, exits), undefined)
  assert.equal(columnOf(table, { ...first, criterion: 'margin' }), undefined)
  assert.equal(cascadeOutlook({ ...table, images: 0 }, exits), undefined)
})

test('a histogram counts every image that comes so far once; raw values have a range of their own, without words', () => {
  const [exit] = exits
  const [column, second] = table.columns
  assert.ok(exit !== undefined && column !== undefined && second !== undefined)
  const count = (of: typeof column, index: number) => {
    const { right, wrong } = histogramOf(of, rangeOf(exit, of), reachedOf(table, exits, index))
    return [...right, ...wrong].reduce((a, b) => a + b)
  }
  assert.equal(count(column, 0), table.images)
  const leave = cascadeOutlook(table, exits)?.leave[0] ?? 0
  assert.equal(count(second, 1), Math.round(table.images * (1 - leave)))
  const raw = { ...exit, criterion: 'raw' as const, threshold: thresholdWords.never }
  const [low, high] = rangeOf(raw, { ...column, confidence: [-4, 12, Number.NaN] })
  assert.ok(low < -4 && low > -6 && high > 12 && high < 14, `${low} to ${high}`)
  assert.deepEqual(rangeOf(raw, undefined), [0, 1])
})
