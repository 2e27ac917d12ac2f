import assert from 'node:assert/strict'
import { test } from 'node:test'
import { softmax } from '../../src/domain/confidence.ts'
import { judge, type ExitRule } from '../../src/domain/exit.ts'
import { logProbabilitiesOf, startMemory, type ExitMemory } from '../../src/domain/exit-memory.ts'
import { probabilitiesOfResult } from '../../src/domain/reply.ts'
import { fc } from '../helpers/property.ts'

const rule = (exit: number, changes: Partial<ExitRule> = {}): ExitRule => ({
  ...{ exit, confidence: 'softmax', gives: 'logits', temperature: 1, threshold: 0.8 },
  ...changes,
})
const memory = (changes: Partial<ExitMemory> = {}): ExitMemory => ({
  weights: [0.5, 0.5],
  bias: [0, 0],
  temperature: 1,
  ...changes,
})
const isNear = (got: number | undefined, expected: number) =>
  assert.ok(Math.abs((got ?? Number.NaN) - expected) < 1e-6, `${got} is not ${expected}`)

test('an exit that remembers says the normalised weighted geometric mean', () => {
  const heard = startMemory()
  // Probabilities of 0.8 and 0.2, then of 0.5 and 0.5.
  judge([Math.log(4), 0], rule(0), heard)
  const said = judge([3, 3], rule(1, { memory: memory() }), heard)
  // sqrt(0.8 x 0.5) to sqrt(0.2 x 0.5) is 2 to 1.
  isNear(said.confidence, 2 / 3)
  assert.equal(said.prediction, 0)
  assert.equal(said.remembers, true)
  isNear(probabilitiesOfResult(said)[0], 2 / 3)
})

test('bias moves classes, and the temperature is that of the mean', () => {
  const heard = startMemory()
  judge([0, 0], rule(0), heard)
  const changes = { bias: [0, Math.log(9)], temperature: 2 }
  const said = judge([0, 0], rule(1, { temperature: 7, memory: memory(changes) }), heard)
  assert.equal(said.prediction, 1)
  // 9 to 1, and the roots of both at a temperature of 2.
  isNear(said.confidence, 3 / 4)
  assert.equal(said.temperature, 2)
})

test('with all weight on itself and no bias an exit says what it says alone', () => {
  const values = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 3, maxLength: 3 })
  fc.assert(
    fc.property(values, values, fc.constantFrom(0.5, 1, 3), (first, own, temperature) => {
      const heard = startMemory()
      judge(first, rule(0), heard)
      const itself = memory({ weights: [0, 1], bias: [0, 0, 0], temperature })
      const said = judge(own, rule(1, { memory: itself }), heard)
      const alone = judge(own, rule(1, { temperature }), startMemory())
      assert.equal(said.prediction, alone.prediction)
      isNear(said.confidence, alone.confidence as number)
    }),
  )
})

test('what an exit gives as probabilities is remembered as what it gives as logits', () => {
  const logits = [2, -1, 0.5]
  const said = (['logits', 'probabilities'] as const).map((gives) => {
    const heard = startMemory()
    judge(gives === 'logits' ? logits : softmax(logits), rule(0, { gives }), heard)
    return judge([0, 1, 0], rule(1, { memory: memory({ bias: [0, 0, 0] }) }), heard)
  })
  isNear(said[0]?.confidence, said[1]?.confidence as number)
})

const alone: readonly [name: string, before: (heard: ReturnType<typeof startMemory>) => void][] = [
  ['was never asked', () => undefined],
  ['said nothing', (heard) => judge([Number.NaN, 0], rule(0), heard)],
  ['has other classes', (heard) => judge([1, 2, 3], rule(0), heard)],
]
for (const [name, before] of alone) {
  test(`where an exit that it goes by ${name}, an exit answers by its own values and temperature`, () => {
    const heard = startMemory()
    before(heard)
    const said = judge([1, 3], rule(1, { temperature: 2, memory: memory() }), heard)
    assert.deepEqual(said, judge([1, 3], rule(1, { temperature: 2 }), startMemory()))
    assert.equal(said.remembers, undefined)
  })
}

test('an exit without weight is not missed', () => {
  const said = judge([1, 3], rule(1, { memory: memory({ weights: [0, 2] }) }), startMemory())
  assert.equal(said.remembers, true)
})

test('raw is the own number of an exit, whatever it could remember', () => {
  const heard = startMemory()
  judge([9, 0], rule(0), heard)
  const said = judge([1, 3], rule(1, { confidence: 'raw', memory: memory() }), heard)
  assert.deepEqual([said.prediction, said.confidence], [1, 3])
})

test('values that are not finite say nothing, memory or not', () => {
  const heard = startMemory()
  judge([9, 0], rule(0), heard)
  const said = judge([Number.NaN, 3], rule(1, { memory: memory() }), heard)
  assert.equal(said.prediction, -1)
})

test('what tiers behind remembered counts as what exits here said', () => {
  const here = startMemory()
  judge([1, 2], rule(0), here)
  const second = rule(1, { memory: memory() })
  const given = startMemory([logProbabilitiesOf([1, 2], 'logits')])
  assert.deepEqual(judge([0, 1], second, given), judge([0, 1], second, here))
})

test('log-probabilities are finite and add up to 1, however far logits are apart', () => {
  const any = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), {
    minLength: 1,
    maxLength: 9,
  })
  fc.assert(
    fc.property(any, (logits) => {
      const logs = logProbabilitiesOf(logits, 'logits')
      assert.ok(logs.every((log) => Number.isFinite(log) && log <= 0))
      isNear(
        logs.reduce((sum, log) => sum + Math.exp(log), 0),
        1,
      )
    }),
  )
})
