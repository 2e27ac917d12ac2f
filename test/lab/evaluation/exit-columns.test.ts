// The exit rule stands once for one sample and once by columns: both let the same samples leave at the same exits.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { confidenceNames } from '../../../src/domain/confidence.ts'
import { judge, type ExitRule } from '../../../src/domain/exit.ts'
import { startMemory, type ExitMemory } from '../../../src/domain/exit-memory.ts'
import { neverOf } from '../../../src/domain/leaves.ts'
import { columnsOfScores } from '../../../src/lab/evaluation/columns-of-scores.ts'
import { forEachThreshold } from '../../../src/lab/evaluation/each-threshold.ts'
import { tallyOf } from '../../../src/lab/evaluation/exit-columns.ts'
import { takeExit } from '../../../src/lab/evaluation/taken-exit.ts'
import { fc } from '../../helpers/property.ts'

const classes = 3
/** Weights by which the learned criterion goes another way than softmax. */
const learned = { bias: 0.25, odds: 0.5, margin: 0.25, entropy: -1, energy: 0.125 }
const odd = [Number.NaN, Infinity, -Infinity]

const value = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: -40, max: 40 }).map((n) => n / 8) },
  { weight: 1, arbitrary: fc.constantFrom(...odd) },
)
const logits = (from: fc.Arbitrary<number>) =>
  fc.array(from, { minLength: classes, maxLength: classes }).map((all) => Float32Array.from(all))
/** Any exit but the last may say nothing. */
const sample = (exits: number) =>
  fc.record({
    file: fc.constant('a.jpg'),
    label: fc.nat(classes - 1),
    values: fc
      .tuple(
        fc.array(logits(value), { minLength: exits - 1, maxLength: exits - 1 }),
        logits(fc.integer({ min: -40, max: 40 }).map((n) => n / 8)),
      )
      .map(([early, last]) => [...early, last]),
  })

/** How an exit goes by those before it, itself included; none for some. */
const memory = (exit: number): fc.Arbitrary<ExitMemory | undefined> =>
  fc.option(
    fc.record({
      weights: fc.array(fc.constantFrom(0, 0.25, 1), { minLength: exit + 1, maxLength: exit + 1 }),
      bias: fc.array(fc.constantFrom(-0.5, 0, 2), { minLength: classes, maxLength: classes }),
      temperature: fc.constantFrom(0.5, 1, 2.5),
    }),
    { nil: undefined },
  )

const drawn = fc.integer({ min: 1, max: 5 }).chain((exits) =>
  fc.record({
    samples: fc.array(sample(exits), { minLength: 1, maxLength: 25 }),
    criterion: fc.constantFrom(...confidenceNames),
    temperatures: fc.array(fc.constantFrom(0.5, 1, 2.5), { minLength: exits, maxLength: exits }),
    memories: fc.tuple(...Array.from({ length: exits }, (_, exit) => memory(exit))),
    // Of a sample's own confidence, so that equality is drawn too; 'never', or some number.
    from: fc.array(
      fc.oneof(
        fc.nat(24),
        fc.constant('never' as const),
        fc.double({ min: -1, max: 2, noNaN: true }),
      ),
      {
        minLength: exits,
        maxLength: exits,
      },
    ),
  }),
)

test('samples leave by columns where they leave one by one, by every criterion, at every threshold', () => {
  fc.assert(
    fc.property(drawn, ({ samples, criterion, temperatures, memories, from }) => {
      const whole = temperatures.map((temperature, exit): ExitRule => {
        return {
          ...{ exit, confidence: criterion, gives: 'logits', temperature, threshold: 0 },
          memory: memories[exit],
          learned: { ...learned, classes: [0.5, 0, -0.5 * exit] },
        }
      })
      const rules = whole.map((rule, exit): ExitRule => {
        const source = from[exit]
        const own = samples[Number.isInteger(source) ? (source as number) % samples.length : 0]
        const heard = startMemory()
        const said = whole.map((one, e) => judge(own?.values[e] ?? [], one, heard))
        const confidence = said[exit]?.confidence ?? Number.NaN
        const threshold =
          source === 'never'
            ? neverOf(criterion)
            : Number.isInteger(source) && Number.isFinite(confidence)
              ? confidence
              : Number(source)
        return { ...rule, threshold }
      })
      const taken = samples.map((one) => takeExit(one, rules, true))
      const facts = rules.map(({ exit }) => ({
        ...{ index: exit, stage: exit, name: `exit ${exit}`, gives: 'logits' as const },
        ...{ temperature: undefined, threshold: undefined },
      }))
      const columns = columnsOfScores(samples, facts, whole, criterion)
      const thresholds = rules.slice(0, -1).map(({ threshold }) => threshold)
      const tally = tallyOf(columns, thresholds)
      const counts = rules.map(({ exit }) => taken.filter((one) => one.exit === exit).length)
      assert.deepEqual([...tally.left], counts)
      const right = taken.filter(
        ({ results, exit }, i) => results[exit]?.prediction === samples[i]?.label,
      )
      assert.equal(tally.right, right.length)
      for (const exit of thresholds.keys()) {
        forEachThreshold(columns, thresholds, exit, (own, at, below) => {
          if (
            at !== thresholds[exit] &&
            below < Number(thresholds[exit]) &&
            Number(thresholds[exit]) <= at
          ) {
            assert.deepEqual([...own.left], counts)
          }
        })
      }
    }),
    { numRuns: 300 },
  )
})
