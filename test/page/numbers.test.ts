// Numbers as people read them on the live page, and JSON as the process writes it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { thresholdWords } from '../../src/domain/threshold-words.ts'
import {
  bytesText,
  countText,
  durationText,
  percentText,
  rateText,
  thresholdText,
  valueText,
} from '../../src/page/numbers.ts'
import { parseTold } from '../../src/page/told.ts'
import { fc } from '../helpers/property.ts'

const rows: readonly (readonly [said: string, expected: string])[] = [
  [countText(1234), '1,234'],
  [countText(12_345_678), '12.3 M'],
  [rateText(0), '0'],
  [rateText(0.25), '0.3'],
  [rateText(5000), '5,000'],
  [percentText(undefined), '–'],
  [percentText(Number.NaN), '–'],
  [percentText(0), '0 %'],
  [percentText(0.0001), '< 0.1 %'],
  [percentText(0.9999), '> 99.9 %'],
  [percentText(1), '100 %'],
  [percentText(0.5), '50 %'],
  [percentText(0.507), '50.7 %'],
  [durationText(undefined), '–'],
  [durationText(0), '0 ms'],
  [durationText(3.21), '3.2 ms'],
  [durationText(9.96), '10 ms'],
  [durationText(999.6), '1.0 s'],
  [durationText(180_000), '3.0 min'],
  [bytesText(0), '0 B/s'],
  [bytesText(999), '999 B/s'],
  [bytesText(999.6), '1.00 kB/s'],
  [bytesText(2_400_000), '2.40 MB/s'],
  [valueText(-3.14159), '-3.14'],
  [valueText(12_345.6), '12,346'],
  [thresholdText(thresholdWords.never), 'never'],
  [thresholdText(thresholdWords.always), 'always'],
]

test('numbers are said as people read them', () => {
  for (const [said, expected] of rows) assert.equal(said.replaceAll('\u00a0', ' '), expected)
})

test('no number is said as none of it or all of it that is not', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true }), (share) => {
      assert.doesNotMatch(percentText(share), /^(0|0\.0|100)\s%$/)
    }),
  )
})

test('what is not a number there is undefined here, however deep it lies', () => {
  const told = parseTold(JSON.stringify({ a: Number.NaN, b: [{ c: Infinity, d: 0 }] }))
  assert.deepEqual(told, { b: [{ d: 0 }] })
})
