// The exits that evaluation takes are those that serving takes, by the same values.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { confidenceNames } from '../../../src/domain/confidence.ts'
import type { ExitRule } from '../../../src/domain/exit.ts'
import type { SubmodelSpec } from '../../../src/domain/submodel.ts'
import { runStages } from '../../../src/serving/tier/run-stages.ts'
import type { Stage } from '../../../src/serving/engine/engine.ts'
import { takeExit } from '../../../src/lab/evaluation/taken-exit.ts'

/** Stages whose exits give these values: two of the first stage, one of the second. */
function stagesOf(values: readonly Float32Array[], isWhole: boolean): readonly Stage[] {
  return [values.slice(0, 2), values.slice(2)].map((exits, i): Stage => {
    const isEnd = isWhole && i === 1
    return {
      spec: { name: `stage${i}` } as SubmodelSpec,
      engine: 'wasm',
      shapes: { input: [1], features: isEnd ? null : [1], exits: exits.map(() => 3) },
      run: (write) => {
        write(new Float32Array(1))
        const features = isEnd ? undefined : new Float32Array(1)
        return Promise.resolve({
          features,
          exits,
          queueMs: 0,
          computeMs: 1,
          batchSize: 1,
          isFirst: true,
        })
      },
    }
  })
}

/** Numbers that look random and are the same each time. */
function* numbers(): Generator<number, never> {
  for (let state = 12345; ;) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    yield state / 2 ** 32
  }
}

for (const confidence of confidenceNames) {
  for (const isWhole of [true, false]) {
    test(`by ${confidence}, ${isWhole ? 'a whole network' : 'its first part'} leaves where serving leaves`, async () => {
      const random = numbers()
      const next = () => random.next().value
      const seen = new Set<string>()
      for (let sample = 0; sample < 200; sample++) {
        const values = Array.from({ length: 3 }, () =>
          Float32Array.from({ length: 3 }, () => (next() < 0.05 ? Number.NaN : 6 * next() - 2)),
        )
        const rules = values.map((_, exit): ExitRule => ({
          exit,
          confidence,
          gives: 'logits',
          temperature: 0.5 + exit / 2,
          threshold: confidence === 'raw' ? 3.2 : 0.75,
          learned: {
            bias: 0.5,
            odds: 1.2,
            margin: -0.3,
            entropy: -1,
            energy: 0.1,
            classes: [0, 1, -1],
          },
        }))
        const taken = takeExit({ file: '', label: 0, values }, rules, isWhole)
        const stages = stagesOf(values, isWhole)
        const run = await runStages(stages, [rules.slice(0, 2), rules.slice(2)], () => undefined)
        const answer = run.taken ?? run.hops.findLast(({ result }) => result !== undefined)?.result
        if (answer === undefined) {
          assert.equal(taken.results[taken.exit]?.prediction, -1)
          continue
        }
        assert.equal(taken.isLeft, run.taken !== undefined)
        assert.equal(taken.exit, answer?.exit)
        assert.equal(taken.results[taken.exit]?.prediction, answer?.prediction)
        assert.equal(taken.results[taken.exit]?.confidence, answer?.confidence)
        seen.add(`${taken.exit} ${taken.isLeft}`)
      }
      assert.ok(seen.size >= 3, [...seen].join(', '))
    })
  }
}
