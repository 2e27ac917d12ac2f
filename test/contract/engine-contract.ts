// What every engine must do behind its threads, run for each of them: Keras' answers through the cascade,
// batches that change nothing, failures that stay alone, and nothing left behind. What a runtime owes on its
// side of the seam is in runtime-contract.ts.
import assert from 'node:assert/strict'
import { cp, mkdtemp, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { ExitRule } from '../../src/domain/exit.ts'
import type { SubmodelSpec } from '../../src/domain/submodel.ts'
import { runStages, type StagesRun } from '../../src/serving/tier/run-stages.ts'
import type { EngineName, EngineOptions, Stage, StageRun } from '../../src/serving/engine/engine.ts'
import type { WorkerEngine } from '../../src/serving/engine/host/worker-engine.ts'
import { assertClose } from '../helpers/close.ts'
import {
  goldenInput,
  goldenSamples,
  writeGoldenFamily,
  type GoldenSubmodel,
} from '../helpers/golden-model.ts'

export interface EngineContractOptions {
  /** Largest difference to Keras, relative to the largest of the values compared. */
  readonly tolerance: number
  /** Beside the name, where one engine is run in several ways. */
  readonly how?: string
}

type Create = (options: EngineOptions) => Promise<WorkerEngine>

const options: EngineOptions = { maxBatchSize: 16, maxQueueDelayMs: 0, workers: 1 }

/** Registers the contract for one engine. */
export function engineContract(
  name: EngineName,
  create: Create,
  { tolerance, how }: EngineContractOptions,
): void {
  describe(`engine contract: ${name}${how === undefined ? '' : `, ${how}`}`, () => {
    let folder = ''
    let compact: readonly GoldenSubmodel[] = []

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'ddnn-engine-'))
      compact = await writeGoldenFamily('compact', join(folder, 'compact'))
    })
    after(() => rm(folder, { recursive: true }))

    /** Runs `use` on an engine with these submodels, then checks that disposing it leaves nothing. */
    async function withStages(
      specs: readonly SubmodelSpec[],
      use: (stages: readonly Stage[], engine: WorkerEngine) => Promise<void>,
      given: Partial<EngineOptions> = {},
    ): Promise<void> {
      const engine = await create({ ...options, ...given })
      try {
        const stages = await engine.load(specs)
        const loaded = await engine.memory()
        await use(stages, engine)
        assert.deepEqual(await engine.memory(), loaded, 'a pass leaves tensors behind')
      } finally {
        for (const left of await engine.disposeAndReport()) {
          assert.equal(left.tensors, 0, 'dispose leaves tensors behind')
        }
      }
    }

    for (const family of ['compact', 'original'] as const) {
      test(`every exit of the ${family} network gives Keras' logits`, async () => {
        const golden = await writeGoldenFamily(family, join(folder, `${family}-golden`))
        await withStages(specsOf(golden), async (stages) => {
          for (let sample = 0; sample < goldenSamples; sample++) {
            const { hops }: StagesRun = await runStages(
              stages,
              neverExits(stages),
              writeSample(stages, sample),
            )
            assert.equal(hops.length, golden.length)
            for (const [index, { run }] of hops.entries()) {
              const where = `${family} ${golden[index]?.spec.name} sample ${sample}`
              const expected = golden[index]?.exits[sample] ?? []
              assert.equal(run.exits.length, expected.length)
              for (const [exit, values] of run.exits.entries()) {
                assertClose(values, expected[exit] ?? [], tolerance, `${where} exit ${exit}`)
              }
              const features = golden[index]?.features
              if (sample !== 0 || features === undefined) continue
              assertClose(run.features ?? [], features, tolerance, `${where} features`)
            }
          }
        })
      })
    }

    test('a sample gives the same logits alone as in a batch of any size', async () => {
      await withStages(specsOf(compact).slice(0, 1), async ([stage]) => {
        assert.ok(stage)
        const alone: Float32Array[] = []
        for (let k = 0; k < 16; k++)
          alone.push((await stage.run(writeSample([stage], k))).exits[0]!)
        for (const size of [2, 7, 8, 13, 16]) {
          const runs: StageRun[] = await Promise.all(
            Array.from({ length: size }, (_, k) => stage.run(writeSample([stage], k))),
          )
          for (const [k, run] of runs.entries()) {
            assert.equal(run.batchSize, size)
            assertClose(run.exits[0]!, alone[k]!, tolerance, `sample ${k} in a batch of ${size}`)
          }
        }
      })
    })

    test('100 samples at once leave where each would leave alone', async () => {
      await withStages(
        specsOf(compact),
        async (stages) => {
          const all: StagesRun[] = []
          for (let k = 0; k < 100; k++) {
            all.push(await runStages(stages, neverExits(stages), writeSample(stages, k)))
          }
          const thresholds = stages.map((_, exit) => medianConfidence(all, exit))
          const rules = exitsAt(stages, thresholds)
          const alone: StagesRun[] = []
          for (let k = 0; k < 100; k++) {
            alone.push(await runStages(stages, rules, writeSample(stages, k)))
          }
          const together = await Promise.all(
            alone.map((_, k) => runStages(stages, rules, writeSample(stages, k))),
          )
          for (const [k, run] of together.entries()) {
            assert.equal(run.taken?.exit, alone[k]?.taken?.exit, `exit of sample ${k}`)
            assertClose(run.taken?.logits ?? [], alone[k]?.taken?.logits ?? [], tolerance, `${k}`)
          }
          const exits = new Set(together.map(({ taken }) => taken?.exit))
          assert.equal(exits.size, 3, 'samples leave at every exit, or this test shows nothing')
          const sizes = together.flatMap(({ hops }) => hops.map(({ run }) => run.batchSize))
          assert.ok(Math.max(...sizes) > 1, 'samples meet in batches')
        },
        { workers: 2 },
      )
    })

    test('a write that throws rejects its own sample alone', async () => {
      await withStages(specsOf(compact).slice(0, 1), async ([stage]) => {
        assert.ok(stage)
        const expected = (await stage.run(writeSample([stage], 3))).exits[0]!
        const failure = new Error('no such pixel')
        const runs = await Promise.allSettled(
          Array.from({ length: 5 }, (_, k) =>
            stage.run((slot) => {
              if (k === 1 || k === 4) {
                slot.fill(Number.NaN)
                throw failure
              }
              writeSample([stage], 3)(slot)
            }),
          ),
        )
        for (const [k, run] of runs.entries()) {
          if (k === 1 || k === 4) {
            assert.ok(run.status === 'rejected' && run.reason === failure)
          } else {
            assert.ok(run.status === 'fulfilled')
            assert.equal(run.value.batchSize, 3)
            assertClose(run.value.exits[0]!, expected, tolerance, `sample ${k}`)
          }
        }
        await assert.rejects(
          stage.run(() => {
            throw failure
          }),
          failure,
        )
      })
    })

    test('an answer stays as it is while later samples take the memory of its input', async () => {
      await withStages(specsOf(compact).slice(0, 1), async ([stage]) => {
        assert.ok(stage)
        const memory = new Set<ArrayBufferLike>()
        const run = (index: number) =>
          stage.run((slot) => {
            memory.add(slot.buffer)
            writeSample([stage], index)(slot)
          })
        const first = await run(0)
        const [features, exit] = [first.features?.slice(), first.exits[0]?.slice()]
        for (let k = 1; k < 4; k++) {
          assert.notDeepEqual((await run(k)).features, features, 'the samples differ')
        }
        assert.equal(memory.size, 1, 'memory is used again, or this test shows nothing')
        assert.deepEqual([first.features, first.exits[0]], [features, exit])
      })
    })

    test('dispose finishes what was taken in, and refuses the rest', async () => {
      const engine = await create({ ...options, maxBatchSize: 4 })
      const [stage] = await engine.load(specsOf(compact).slice(0, 1))
      assert.ok(stage)
      const runs = Array.from({ length: 10 }, (_, k) => stage.run(writeSample([stage], k)))
      const disposed = engine.dispose()
      await assert.rejects(stage.run(writeSample([stage], 0)), { code: 'DDNN_ENGINE_FAILED' })
      for (const run of await Promise.all(runs)) assert.equal(run.exits[0]?.length, 5)
      await disposed
      await engine.dispose()
    })

    test('a model that does not load is named, and leaves its workers empty', async () => {
      const edge = compact[0]
      assert.ok(edge)
      const target = join(folder, 'weights cut short')
      await cp(edge.spec.folder, target, { recursive: true })
      await truncate(join(target, 'weights.bin'), 100)
      const engine = await create({ ...options, workers: 2 })
      await assert.rejects(
        engine.load([edge.spec, { ...edge.spec, folder: target }]),
        (error: Error & { code: string; folder?: string }) => {
          assert.equal(error.code, 'DDNN_MODEL_DAMAGED')
          assert.match(error.message, /Expected \d+ bytes of weights.*got 100/)
          assert.equal(error.folder, target)
          return true
        },
      )
      for (const left of await engine.disposeAndReport()) assert.equal(left.tensors, 0)
    })
  })
}

function specsOf(golden: readonly GoldenSubmodel[]): SubmodelSpec[] {
  return golden.map(({ spec }) => spec)
}

function writeSample(stages: readonly Stage[], index: number): (slot: Float32Array) => void {
  return (slot) => slot.set(goldenInput(stages[0]?.shapes.input ?? [], index))
}

function exitsAt(stages: readonly Stage[], thresholds: readonly number[]): ExitRule[][] {
  return stages.map((_, exit) => [
    {
      exit,
      confidence: 'softmax',
      gives: 'logits',
      temperature: 1,
      threshold: thresholds[exit] ?? 2,
    },
  ])
}

/** Under softmax no confidence reaches 2. */
function neverExits(stages: readonly Stage[]): ExitRule[][] {
  return exitsAt(stages, [])
}

/** Between two samples' confidences, so that the last digits of a sum decide nothing. */
function medianConfidence(runs: readonly StagesRun[], stage: number): number {
  const sorted = runs.map(({ hops }) => hops[stage]?.result?.confidence ?? 0).sort((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}
