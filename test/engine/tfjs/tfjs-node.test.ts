// The contract on tfjs-node, and TensorFlow SavedModels, which only this engine runs.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { WorkerEngine } from '../../../src/engine/host/worker-engine.ts'
import { readModelFolder } from '../../../src/model/folder.ts'
import { assertClose, engineContract } from '../../contract/engine-contract.ts'
import { goldenFolder, goldenInput } from '../../helpers/golden-model.ts'

const create = (options: { maxBatchSize: number; maxQueueDelayMs: number; workers: number }) =>
  WorkerEngine.start({ ...options, name: 'tensorflow', onCrash: assert.ifError })

engineContract('tensorflow', create, { tolerance: 1e-5 })

test("a TensorFlow SavedModel gives Keras' answers, features told from exits by shape", async () => {
  const specs = await readModelFolder(join(goldenFolder, 'small', 'saved-model'))
  assert.equal(specs[0]?.format, 'saved-model')
  const engine = await create({ maxBatchSize: 4, maxQueueDelayMs: 0, workers: 1 })
  const [stage] = await engine.load(specs)
  assert.ok(stage)
  assert.deepEqual(stage.shapes.exits, [3])
  assert.deepEqual(stage.shapes.features, [6, 6, 4])
  const loaded = await engine.memory()
  const answers = JSON.parse(
    await readFile(join(goldenFolder, 'small', 'small', 'answers.json'), 'utf8'),
  ) as { exits: number[][][] }
  const runs = await Promise.all(
    answers.exits.map((_, k) => stage.run((slot) => slot.set(goldenInput([12, 12, 3], k)))),
  )
  for (const [k, run] of runs.entries()) {
    assertClose(run.exits[0] ?? [], answers.exits[k]?.[0] ?? [], 1e-5, `sample ${k}`)
  }
  assert.deepEqual(await engine.memory(), loaded)
  for (const left of await engine.disposeAndReport()) assert.equal(left.tensors, 0)
})
