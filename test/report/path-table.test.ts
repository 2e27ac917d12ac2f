// The table of a path of thresholds: its positions are what --path-position takes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mostPathPoints, pointAt, type ThresholdPath } from '../../src/domain/threshold-path.ts'
import { pathTable } from '../../src/report/evaluation/risk-tables.ts'
import { fc } from '../helpers/property.ts'

test('each printed position selects its own row', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: mostPathPoints }), (count) => {
      const points = Array.from({ length: count }, (_, i) => ({
        ...{ thresholds: [1 - i / count], accuracy: 1, loss: 0, leave: [0.5, 0.5], cost: 1 },
      }))
      const path: ThresholdPath = { chosen: 0, points }
      for (const [i, [position]] of pathTable(path, ['edge', 'cloud']).rows.entries()) {
        assert.equal(pointAt(path, Number.parseFloat(position ?? '')), points[i], position)
      }
    }),
  )
})
