import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../helpers/property.ts'
import { startBudget } from '../../src/domain/budget.ts'
import { hashLabels } from '../../src/domain/labels.ts'
import { answerOf, hopsOf, isFallback, type Reply } from '../../src/domain/reply.ts'
import { scaledTo, widen } from '../../src/domain/widen.ts'

const hop = (tier: string, changes: Partial<Reply> = {}): Reply => ({
  tier,
  result: { exit: 0, logits: [0, 1], prediction: 1, confidence: 0.73 },
  computeMs: 1,
  totalMs: 2,
  fallback: false,
  labelsHash: undefined,
  problem: undefined,
  next: undefined,
  ...changes,
})

test('the answer is that of the deepest hop with a result', () => {
  const reply = hop('edge', { next: hop('fog', { next: hop('cloud') }) })
  assert.deepEqual(
    hopsOf(reply).map(({ tier }) => tier),
    ['edge', 'fog', 'cloud'],
  )
  assert.equal(answerOf(reply)?.tier, 'cloud')
  const failed = hop('edge', { next: hop('fog', { result: undefined }) })
  assert.equal(answerOf(failed)?.tier, 'edge')
  assert.equal(answerOf(hop('edge', { result: undefined })), undefined)
})

test('of any mix of hops the answer is the deepest one of finite values with a prediction', () => {
  const value = fc.oneof(
    { weight: 4, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
    { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Infinity, -Infinity) },
  )
  const result = fc.option(
    fc.record({
      exit: fc.nat(9),
      logits: fc.array(value, { minLength: 1, maxLength: 4 }),
      prediction: fc.integer({ min: -1, max: 0 }),
      confidence: fc.constant(undefined),
    }),
    { nil: undefined },
  )
  fc.assert(
    fc.property(fc.array(result, { minLength: 1, maxLength: 5 }), (results) => {
      const reply = results.reduceRight<Reply | undefined>(
        (next, own, i) => hop(String(i), { result: own, next }),
        undefined,
      ) as Reply
      const expected = results.findLastIndex(
        (own) => own?.prediction === 0 && own.logits.every(Number.isFinite),
      )
      assert.equal(answerOf(reply)?.tier, expected === -1 ? undefined : String(expected))
    }),
    { seed: 10 },
  )
})

test('a fallback anywhere on the way is seen', () => {
  assert.equal(isFallback(hop('edge', { next: hop('fog', { fallback: true }) })), true)
  assert.equal(isFallback(hop('edge', { next: hop('fog') })), false)
})

test('a budget runs down to 0 and no further', () => {
  let now = 100
  const budget = startBudget(50, () => now)
  now = 130
  assert.equal(budget.remainingMs(), 20)
  now = 500
  assert.equal(budget.remainingMs(), 0)
})

test('labels in another order have another hash', () => {
  assert.notEqual(hashLabels(['a', 'b']), hashLabels(['b', 'a']))
  assert.notEqual(hashLabels(['a,b']), hashLabels(['a', 'b']))
})

test("pixels become exactly the float32 of the original's pixel / 255", () => {
  const pixels = Uint8Array.from({ length: 256 }, (_, v) => v)
  const slot = new Float32Array(256)
  widen(pixels, slot, scaledTo(1 / 255))
  for (let v = 0; v < 256; v++) assert.equal(slot[v], Math.fround(v / 255))
  widen(pixels, slot, scaledTo(1))
  assert.equal(slot[200], 200)
})
