// The order of stages and exits, by stages of known answers; then over both engines.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import type { ExitRule } from '../../../src/domain/exit.ts'
import type { SubmodelSpec } from '../../../src/domain/submodel.ts'
import { runStages } from '../../../src/serving/tier/run-stages.ts'
import { engineNames, type Stage } from '../../../src/serving/engine/engine.ts'
import { WorkerEngine } from '../../../src/serving/engine/host/worker-engine.ts'
import { goldenInput, writeGoldenFamily } from '../../helpers/golden-model.ts'

const rule = (exit: number, threshold: number): ExitRule => ({
  exit,
  confidence: 'raw',
  gives: 'logits',
  temperature: 1,
  threshold,
})

/** A stage that adds 1 to its input; its exits are given. */
function stage(exits: readonly (readonly number[])[], isLast = false): Stage & { runs: number } {
  return {
    spec: { name: 'edge' } as SubmodelSpec,
    engine: 'wasm',
    shapes: { input: [2], features: isLast ? null : [2], exits: exits.map(() => 2) },
    runs: 0,
    run(write) {
      this.runs += 1
      const slot = new Float32Array(2)
      write(slot)
      const features = isLast ? undefined : slot.map((value) => value + 1)
      const values = exits.map((exit) => Float32Array.from(exit))
      return Promise.resolve({
        features,
        exits: values,
        queueMs: 0,
        computeMs: 2,
        batchSize: 1,
        isFirst: true,
      })
    },
  }
}

const write = (slot: Float32Array) => slot.fill(1)

test('the first confident exit answers, and no later stage runs', async () => {
  const stages = [stage([[1, 0]]), stage([[0, 5]]), stage([[9, 0]], true)]
  const run = await runStages(stages, [[rule(0, 2)], [rule(1, 2)], [rule(2, 2)]], write)
  assert.equal(run.taken?.exit, 1)
  assert.equal(run.taken.prediction, 1)
  assert.deepEqual(
    run.hops.map(({ stage, result, left }) => [stage, result?.exit, left]),
    [
      [0, 0, false],
      [1, 1, true],
    ],
  )
  assert.equal(run.computeMs, 4)
  assert.deepEqual(
    stages.map(({ runs }) => runs),
    [1, 1, 0],
  )
})

test('each exit of a stage is asked in order before the next stage', async () => {
  const whole = [
    stage(
      [
        [1, 0],
        [4, 0],
        [0, 9],
      ],
      true,
    ),
  ]
  const run = await runStages(whole, [[rule(0, 3), rule(1, 3), rule(2, 3)]], write)
  assert.equal(run.taken?.exit, 1)
})

test('the last exit of the network answers whatever its threshold', async () => {
  const run = await runStages([stage([[1, 0]], true)], [[rule(0, 100)]], write)
  assert.equal(run.taken?.exit, 0)
  assert.equal(run.hops[0]?.left, true)
})

/** Class values, of which some are no numbers, and whether all are. */
const arbitraryExit = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: -50, max: 50 }) },
    { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Infinity, -Infinity) },
  ),
  { minLength: 2, maxLength: 2 },
)

test('of any mix of exits, no confident one among them, the deepest of finite values answers', async () => {
  const exits = fc.array(fc.array(arbitraryExit, { maxLength: 3 }), { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(exits, fc.boolean(), async (values, isWhole) => {
      const stages = values.map((own, i) => stage(own, isWhole && i === values.length - 1))
      let count = 0
      const rules = values.map((own) => own.map(() => rule(count++, 1000)))
      const run = await runStages(stages, rules, write)
      const expected = values.flat().findLastIndex((own) => own.every(Number.isFinite))
      const deepest = run.hops.findLast(({ result }) => result !== undefined)?.result
      assert.equal(deepest?.exit ?? -1, expected)
      assert.equal(run.taken, isWhole ? deepest : undefined)
      if (deepest !== undefined) {
        assert.deepEqual(deepest.logits, values.flat()[expected])
        assert.ok(deepest.prediction >= 0)
      }
    }),
    { seed: 10 },
  )
})

test('an exit of values that are none is not confident, however large they are', async () => {
  const stages = [stage([[Infinity, 0]]), stage([[5, Number.NaN]]), stage([[0, 3]], true)]
  const run = await runStages(stages, [[rule(0, 1)], [rule(1, 1)], [rule(2, 1)]], write)
  assert.equal(run.taken?.exit, 2)
  assert.deepEqual(
    run.hops.map(({ result }) => result?.exit),
    [undefined, undefined, 2],
  )
})

test('no later stage runs on features that are not finite', async () => {
  for (const none of [Number.NaN, Infinity]) {
    const stages = [stage([[1, 0]]), stage([[9, 0]], true)]
    const spoilt = (slot: Float32Array) => slot.set([1, none])
    const run = await runStages(stages, [[rule(0, 2)], [rule(1, 2)]], spoilt)
    assert.equal(stages[1]?.runs, 0)
    assert.equal(run.taken, undefined)
    assert.equal(run.hops.at(-1)?.result?.exit, 0)
  }
})

test('without a confident exit the deepest one is judged and the features are there to offload', async () => {
  const run = await runStages(
    [stage([[1, 0]]), stage([[0, 2]])],
    [[rule(0, 9)], [rule(1, 9)]],
    write,
  )
  assert.equal(run.taken, undefined)
  assert.equal(run.hops.at(-1)?.result?.exit, 1)
  assert.equal(run.hops.at(-1)?.left, false)
  assert.deepEqual([...(run.features ?? [])], [3, 3], 'each stage took the features before it')
})

test('features that do not fit the next stage are named', async () => {
  const narrow = { ...stage([[1, 0]]), run: () => Promise.resolve(narrowRun) }
  const narrowRun = {
    features: new Float32Array(1),
    exits: [Float32Array.of(1, 0)],
    queueMs: 0,
    computeMs: 0,
    batchSize: 1,
    isFirst: true,
  }
  await assert.rejects(runStages([narrow, stage([[1, 0]])], [[rule(0, 9)], [rule(1, 9)]], write), {
    code: 'DDNN_MODEL_CHAIN',
    message: /Expected 2 features for the next stage, got 1/,
  })
})

test('a stage with more exits than rules is our own fault', async () => {
  await assert.rejects(runStages([stage([[1, 0]])], [[]], write), { code: 'DDNN_INTERNAL' })
})

test('both engines let every sample of the original network leave at the same exit', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ddnn-cascade-'))
  try {
    const golden = await writeGoldenFamily('original', folder)
    const taken: Record<string, (readonly number[])[]> = {}
    for (const name of engineNames) {
      const engine = await WorkerEngine.start({
        name,
        workers: 1,
        maxBatchSize: 4,
        maxQueueDelayMs: 0,
        onCrash: assert.ifError,
      })
      const stages = await engine.load(golden.map(({ spec }) => spec))
      const rules = stages.map((_, exit) => [
        { ...rule(exit, 0.62), confidence: 'softmax' as const },
      ])
      const runs = await Promise.all(
        Array.from({ length: 24 }, (_, k) =>
          runStages(stages, rules, (slot) => slot.set(goldenInput([60, 60, 3], k))),
        ),
      )
      taken[name] = runs.map((run) => [run.taken?.exit ?? -1, run.taken?.prediction ?? -1])
      await engine.dispose()
    }
    assert.deepEqual(taken['wasm'], taken['tensorflow'])
    assert.ok(new Set(taken['wasm']?.map(([exit]) => exit)).size > 1, 'they leave at several exits')
  } finally {
    await rm(folder, { recursive: true })
  }
})
