// The contracts on wasm, and what it says of a TensorFlow SavedModel.
import assert from 'node:assert/strict'
import { WorkerEngine } from '../../../../src/serving/engine/host/worker-engine.ts'
import { loadTfjsWasm } from '../../../../src/serving/engine/tfjs/tfjs-wasm.ts'
import { engineContract } from '../../../contract/engine-contract.ts'
import { refusesFormat, runsFormat, runtimeContract } from '../../../contract/runtime-contract.ts'

const create = (options: { maxBatchSize: number; maxQueueDelayMs: number; workers: number }) =>
  WorkerEngine.start({ ...options, name: 'wasm', onCrash: assert.ifError })

runtimeContract('wasm', loadTfjsWasm, { tolerance: 1e-5 })
runsFormat(loadTfjsWasm, 'graph', 1e-5)
refusesFormat(loadTfjsWasm, 'saved-model', /--engine tensorflow/)
engineContract('wasm', create, { tolerance: 1e-5 })
