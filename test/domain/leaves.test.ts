import assert from 'node:assert/strict'
import { test } from 'node:test'
import { confidenceNames, isBounded } from '../../src/domain/confidence.ts'
import { leaves, neverOf, neverOfAll, writtenThreshold } from '../../src/domain/leaves.ts'

const highest = (name: (typeof confidenceNames)[number]) => (isBounded(name) ? 1 : 3.4028235e38)

test('a threshold that none reaches is one for every criterion, alone and beside others', () => {
  for (const name of confidenceNames) {
    for (const never of [neverOf(name), neverOfAll([name]), neverOfAll(confidenceNames)]) {
      assert.ok(!leaves(highest(name), never), name)
      assert.equal(writtenThreshold(never, neverOf(name)), null, name)
    }
  }
})

test('a threshold that the highest confidence reaches is written as it is', () => {
  for (const name of confidenceNames) {
    const threshold = highest(name)
    assert.ok(leaves(threshold, threshold))
    assert.equal(writtenThreshold(threshold, neverOf(name)), threshold, name)
  }
})
