// The budget of bytes: never exceeded, first come first served, and nothing waits for ever.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { fc } from '../helpers/property.ts'
import { createMemoryBudget } from '../../src/input/memory-budget.ts'

test('whatever is asked for, the budget holds, the order too, and all of it runs', async () => {
  const asked = fc.array(
    fc.record({ bytes: fc.integer({ min: 1, max: 150 }), turns: fc.nat(4), fails: fc.boolean() }),
  )
  await fc.assert(
    fc.asyncProperty(asked, async (works) => {
      const budget = createMemoryBudget(100)
      const started: number[] = []
      let held = 0
      let running = 0
      const results = await Promise.allSettled(
        works.map(({ bytes, turns, fails }, index) =>
          budget.run(bytes, async () => {
            started.push(index)
            held += bytes
            running++
            assert.ok(held <= 100 || bytes > 100, `${held} bytes held`)
            if (bytes > 100) assert.equal(held - bytes, 0, 'runs alone')
            for (let turn = 0; turn < turns; turn++) await setImmediate()
            held -= bytes
            running--
            if (fails) throw new Error('of its own')
          }),
        ),
      )
      assert.deepEqual(started, [...works.keys()])
      assert.equal(running, 0)
      for (const [index, result] of results.entries()) {
        const reason: unknown = result.status === 'rejected' ? result.reason : undefined
        assert.equal(
          (reason as Error | undefined)?.message,
          works[index]?.fails ? 'of its own' : undefined,
        )
      }
    }),
    { seed: 20261128, numRuns: 200 },
  )
})
