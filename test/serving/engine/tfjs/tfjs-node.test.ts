// The contracts on tfjs-node, and TensorFlow SavedModels, which only this engine runs.
import assert from 'node:assert/strict'
import { WorkerEngine } from '../../../../src/serving/engine/host/worker-engine.ts'
import { loadTfjsNode } from '../../../../src/serving/engine/tfjs/tfjs-node.ts'
import { engineContract } from '../../../contract/engine-contract.ts'
import { runsFormat, runtimeContract } from '../../../contract/runtime-contract.ts'

const create = (options: { maxBatchSize: number; maxQueueDelayMs: number; workers: number }) =>
  WorkerEngine.start({ ...options, name: 'tensorflow', onCrash: assert.ifError })

runtimeContract('tensorflow', loadTfjsNode, { tolerance: 1e-5 })
runsFormat(loadTfjsNode, 'graph', 1e-5)
runsFormat(loadTfjsNode, 'saved-model', 1e-5)
engineContract('tensorflow', create, { tolerance: 1e-5 })
