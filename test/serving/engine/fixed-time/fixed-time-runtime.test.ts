import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fc } from '../../../helpers/property.ts'
import { softmax } from '../../../../src/domain/confidence.ts'
import type { SubmodelSpec } from '../../../../src/domain/submodel.ts'
import { createEngine } from '../../../../src/serving/engine/create-engine.ts'
import { loadFixedTime } from '../../../../src/serving/engine/fixed-time/fixed-time-runtime.ts'
import { answersOf } from '../../../../src/serving/engine/fixed-time/stand-in.ts'
import { readModelFolder } from '../../../../src/model/folder.ts'

let root = ''
before(async () => (root = await mkdtemp(join(tmpdir(), 'ddnn-fixed-time-'))))
after(() => rm(root, { recursive: true }))

async function standIn(name: string, fields: object): Promise<SubmodelSpec> {
  const folder = join(root, name)
  await mkdir(folder, { recursive: true })
  const file = { format: 1, sampleMs: 0, input: [4, 4, 3], exits: [5], ...fields }
  await writeFile(join(folder, 'fixed-time.json'), JSON.stringify(file))
  return (await readModelFolder(folder))[0] as SubmodelSpec
}
const options = { batchSizes: [1, 4], threads: undefined, workers: 1 }
const sampleOf = (k: number) => Float32Array.from({ length: 48 }, (_, i) => ((i * 7 + k) % 11) / 11)

test('a pass takes its time, and a time for each sample', async () => {
  const spec = await standIn('slow', { passMs: 30, sampleMs: 20 })
  const model = await loadFixedTime().load(spec, options)
  const startedAt = performance.now()
  await model.run(new Float32Array(3 * 48), 3)
  // The least alone: how much later is the machine's.
  assert.ok(performance.now() - startedAt >= 89)
  model.dispose()
})

test('the processor is left to others meanwhile', async () => {
  const spec = await standIn('idle', { sampleMs: 300 })
  const model = await loadFixedTime().load(spec, options)
  const before = process.cpuUsage()
  await model.run(new Float32Array(48), 1)
  const { user, system } = process.cpuUsage(before)
  assert.ok((user + system) / 1000 < 150, `${(user + system) / 1000} ms of CPU`)
  model.dispose()
})

test('a sample gets the same answer alone and in a batch, and others get others', async () => {
  const spec = await standIn('many', { features: [2, 50], exits: [5, 3] })
  const runtime = loadFixedTime()
  const model = await runtime.load(spec, options)
  const shapes = { input: [4, 4, 3], features: [2, 50], exits: [5, 3], gives: ['logits', 'logits'] }
  assert.deepEqual({ ...model.shapes, sumToOne: undefined }, { ...shapes, sumToOne: undefined })
  const batch = new Float32Array(3 * 48)
  for (const k of [0, 1, 2]) batch.set(sampleOf(k), k * 48)
  const together = await model.run(batch, 3)
  for (const k of [0, 1, 2]) {
    const alone = await model.run(sampleOf(k), 1)
    assert.deepEqual(together.features?.subarray(k * 100, (k + 1) * 100), alone.features)
    assert.deepEqual(together.exits[0]?.subarray(k * 5, (k + 1) * 5), alone.exits[0])
    assert.deepEqual(together.exits[1]?.subarray(k * 3, (k + 1) * 3), alone.exits[1])
  }
  assert.notDeepEqual(together.exits[0]?.subarray(0, 5), together.exits[0]?.subarray(5, 10))
  assert.equal(runtime.memory().tensors, 1)
  model.dispose()
  assert.equal(runtime.memory().tensors, 0)
})

test('a threshold lets the share of samples leave that the docs say', () => {
  const samples = 4000
  const values = Float32Array.from({ length: samples * 8 }, (_, i) => Math.fround(Math.sin(i)))
  const logits = answersOf(values, 8, 0, 5)
  const confidences = Array.from({ length: samples }, (_, i) => confidenceOf(logits, i, 5))
  for (const threshold of [0.3, 0.6, 0.9]) {
    const share = confidences.filter((value) => value >= threshold).length / samples
    const expected = (1 - threshold) / (1 - 1 / 5)
    assert.ok(Math.abs(share - expected) < 0.03, `${threshold}: ${share}, expected ${expected}`)
  }
})

test('logits are finite, and their softmax is from 1 / classes to 1, whatever comes', () => {
  const float = fc.float({ noNaN: true, noDefaultInfinity: true })
  fc.assert(
    fc.property(
      fc.array(float, { minLength: 1, maxLength: 100 }),
      fc.integer({ min: 2, max: 1000 }),
      (values, classes) => {
        const logits = answersOf(Float32Array.from(values), values.length, 1, classes)
        assert.ok(logits.every((value) => Number.isFinite(value)))
        const confidence = confidenceOf(logits, 0, classes)
        assert.ok(confidence >= 1 / classes - 1e-6 && confidence <= 1)
      },
    ),
  )
})

test('auto runs a stand-in beside networks, and an engine for networks refuses it', async () => {
  const spec = await standIn('asked', { sampleMs: 1 })
  const log = { info: () => undefined, warn: () => undefined }
  const common = { maxBatchSize: 4, maxQueueDelayMs: 0, workers: 2 }
  const engine = await createEngine('auto', [spec], common, log)
  const [stage] = engine.stages
  assert.equal(stage?.engine, 'fixed-time')
  const runs = await Promise.all(
    [0, 1, 2, 3].map((k) => stage.run((slot) => slot.set(sampleOf(k)))),
  )
  for (const [k, run] of runs.entries())
    assert.deepEqual(run.exits[0], answersOf(sampleOf(k), 48, 0, 5))
  await engine.dispose()
  for (const name of ['onnx', 'wasm'] as const) {
    await assert.rejects(createEngine(name, [spec], common, log), {
      code: 'DDNN_ENGINE_UNAVAILABLE',
      message: /Expected a network in .*, got a stand-in/,
    })
  }
})

test('a manifest that says other features than its stand-in is refused', async () => {
  const spec = await standIn('odd', { features: [9] })
  await assert.rejects(loadFixedTime().load({ ...spec, features: [7] }, options), {
    code: 'DDNN_MODEL_DAMAGED',
  })
})

function confidenceOf(logits: Float32Array, sample: number, classes: number): number {
  return Math.max(...softmax(logits.subarray(sample * classes, (sample + 1) * classes)))
}
