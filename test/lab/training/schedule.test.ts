// The learning rate over a run.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { warmupCosine } from '../../../src/lab/training/schedule.ts'

test('the rate rises to its peak in the first tenth, then falls to nothing', () => {
  assert.ok(warmupCosine(0) > 0 && warmupCosine(0) < 0.05)
  assert.ok(Math.abs(warmupCosine(0.05) - 0.5) < 1e-9)
  assert.ok(Math.abs(warmupCosine(0.1) - 1) < 1e-9)
  assert.ok(Math.abs(warmupCosine(0.55) - 0.5) < 1e-9)
  assert.ok(warmupCosine(1) < 1e-9)
  assert.ok(warmupCosine(7) < 1e-9, 'a run that takes longer than planned does not climb again')
})
