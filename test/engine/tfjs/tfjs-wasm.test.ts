// The contract on wasm, and what it says of a TensorFlow SavedModel.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { WorkerEngine } from '../../../src/engine/host/worker-engine.ts'
import { readModelFolder } from '../../../src/model/folder.ts'
import { engineContract } from '../../contract/engine-contract.ts'
import { goldenFolder } from '../../helpers/golden-model.ts'

const create = (options: { maxBatchSize: number; maxQueueDelayMs: number; workers: number }) =>
  WorkerEngine.start({ ...options, name: 'wasm', onCrash: assert.ifError })

engineContract('wasm', create, { tolerance: 1e-5 })

test('a TensorFlow SavedModel is refused with the engine that runs it', async () => {
  const specs = await readModelFolder(join(goldenFolder, 'small', 'saved-model'))
  const engine = await create({ maxBatchSize: 4, maxQueueDelayMs: 0, workers: 1 })
  await assert.rejects(engine.load(specs), (error: Error & { code: string; hint: string }) => {
    assert.equal(error.code, 'DDNN_ENGINE_UNAVAILABLE')
    assert.match(error.message, /saved-model/)
    assert.match(error.hint, /--engine tensorflow/)
    return true
  })
  await engine.dispose()
})
