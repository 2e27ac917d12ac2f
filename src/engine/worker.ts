// Entry of an engine's worker thread: imports the runtime that is asked for, and that one only, since
// each of them costs tens of megabytes and a good part of a second.
import { parentPort, workerData } from 'node:worker_threads'
import { DdnnError } from '../errors.ts'
import { ExitGate } from './host/exit-gate.ts'
import type { WorkerData } from './host/messages.ts'
import type { Runtime } from './host/runtime.ts'
import { serveRuntime } from './host/serve-runtime.ts'

const port = parentPort
if (port === null) {
  throw new DdnnError('DDNN_INTERNAL', 'Expected worker.ts to run in a worker thread')
}
const { engine, gate } = workerData as WorkerData

async function start(): Promise<Runtime> {
  switch (engine) {
    case 'onnx':
      return (await import('./onnx/onnx-runtime.ts')).loadOnnxRuntime()
    case 'tensorflow':
      return (await import('./tfjs/tfjs-node.ts')).loadTfjsNode()
    case 'wasm':
      return (await import('./tfjs/tfjs-wasm.ts')).loadTfjsWasm()
    case 'fixed-time':
      return (await import('./fixed-time/fixed-time-runtime.ts')).loadFixedTime()
  }
}

await serveRuntime(port, start, new ExitGate(gate))
