// What other thresholds would give, held against the cascade of the evaluation; and a table's way over disk and wire.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outlookOf, type CalibrationTable } from '../../src/domain/calibration-table.ts'
import { fc } from '../helpers/property.ts'
import { packCalibration, unpackCalibration } from '../../src/domain/packed-calibration.ts'

const sample = fc.record({
  confidence: fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
  right: fc.array(fc.constantFrom<0 | 1>(0, 1), { minLength: 3, maxLength: 3 }),
})
const tables = fc
  .array(sample, { minLength: 1, maxLength: 40 })
  .map((samples): CalibrationTable => ({
    family: 'f',
    images: samples.length,
    columns: [0, 1, 2].map((exit) => ({
      ...{ exit, criterion: 'softmax', temperature: 1.5 },
      confidence: samples.map(({ confidence }) => confidence[exit] ?? 0),
      right: samples.map(({ right }) => right[exit] ?? 0),
    })),
  }))
const threshold = fc.double({ min: -0.1, max: 1.1, noNaN: true })

test('every image leaves once, at the first exit that is confident enough', () => {
  fc.assert(
    fc.property(tables, threshold, threshold, (table, first, second) => {
      const { accuracy, leave } = outlookOf(table, [first, second, 2])
      const left = [0, 0, 0]
      let right = 0
      for (let image = 0; image < table.images; image += 1) {
        const at = (exit: number) => table.columns[exit]?.confidence[image] ?? 0
        const exit = at(0) >= first ? 0 : at(1) >= second ? 1 : 2
        left[exit] = (left[exit] ?? 0) + 1
        right += table.columns[exit]?.right[image] ?? 0
      }
      assert.equal(accuracy, right / table.images)
      assert.deepEqual(
        leave,
        left.map((one) => one / table.images),
      )
    }),
  )
})

test('a confidence that is no number never leaves but at the last exit', () => {
  const column = { criterion: 'softmax', temperature: 1, right: [1] } as const
  const columns = [
    { ...column, exit: 0, confidence: [Number.NaN] },
    { ...column, exit: 1, confidence: [Number.NaN] },
  ]
  const outlook = outlookOf({ family: undefined, images: 1, columns }, [0])
  assert.deepEqual(outlook, { accuracy: 1, leave: [0, 1], accuracyOfLeavers: [undefined, 1] })
})

test('a table survives its way as JSON', () => {
  fc.assert(
    fc.property(tables, (table) => {
      assert.deepEqual(unpackCalibration(JSON.parse(JSON.stringify(packCalibration(table)))), table)
    }),
  )
})

test('what is no table is none', () => {
  const packed = packCalibration({
    family: undefined,
    images: 1,
    columns: [{ exit: 0, criterion: 'margin', temperature: 1, confidence: [0.5], right: [1] }],
  })
  assert.ok(unpackCalibration(packed) !== undefined)
  const [column] = packed.columns
  const broken: unknown[] = [
    undefined,
    null,
    7,
    [],
    { ...packed, images: 2 },
    { ...packed, images: 1e9 },
    { ...packed, columns: [] },
    { ...packed, columns: [null] },
    { ...packed, columns: [{ ...column, criterion: 'luck' }] },
    { ...packed, columns: [{ ...column, right: 'AAAA' }] },
  ]
  for (const value of broken)
    assert.equal(unpackCalibration(value), undefined, JSON.stringify(value))
})
