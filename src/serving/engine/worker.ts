// Entry of an engine's worker thread: serves the runtime that is asked for.
import { parentPort, workerData } from 'node:worker_threads'
import { DdnnError } from '../../errors.ts'
import { ExitGate } from './host/exit-gate.ts'
import type { WorkerData } from './host/messages.ts'
import { serveRuntime } from './host/serve-runtime.ts'
import { startRuntime } from './start-runtime.ts'

const port = parentPort
if (port === null) {
  throw new DdnnError('DDNN_INTERNAL', 'Expected worker.ts to run in a worker thread')
}
const { engine, gate } = workerData as WorkerData

await serveRuntime(port, () => startRuntime(engine), new ExitGate(gate))
