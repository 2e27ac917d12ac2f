// Entry of an engine's worker thread: holds one runtime and its models, and answers one message after
// the other. The forward pass blocks this thread, not the event loop that talks to Kafka.
import { parentPort, workerData } from 'node:worker_threads'
import { DdnnError } from '../errors.ts'
import type { WorkerData, WorkerMessage, WorkerReply } from './messages.ts'
import { toPlainError } from './messages.ts'
import type { Runtime } from './runtime.ts'
import { loadModel, type BatchOutputs, type LoadedModel } from './tfjs-models.ts'

const port = parentPort
if (port === null) {
  throw new DdnnError('DDNN_INTERNAL', 'Expected worker.ts to run in a worker thread')
}
const { engine } = workerData as WorkerData

let models: LoadedModel[] = []

/** Imports the chosen runtime only: each of them costs tens of megabytes and a second. */
async function start(): Promise<Runtime> {
  switch (engine) {
    case 'tensorflow':
      return (await import('./tfjs-node.ts')).loadTfjsNode()
    case 'wasm':
      return (await import('./tfjs-wasm.ts')).loadTfjsWasm()
  }
}

async function answer(runtime: Runtime, message: WorkerMessage): Promise<WorkerReply> {
  switch (message.kind) {
    case 'load': {
      for (const spec of message.specs) models.push(await loadModel(runtime, spec))
      for (const size of message.warmBatchSizes) {
        for (const model of models) await warm(model, size)
      }
      return { kind: 'loaded', shapes: models.map(({ shapes }) => shapes) }
    }
    case 'run': {
      const startedAt = performance.now()
      const outputs = await runModel(message.stage, message.input, message.count)
      return { kind: 'ran', outputs, computeMs: performance.now() - startedAt }
    }
    case 'memory':
      return { kind: 'memory', memory: memoryOf(runtime) }
    case 'dispose': {
      for (const model of models) model.dispose()
      models = []
      return { kind: 'disposed', memory: memoryOf(runtime) }
    }
  }
}

function runModel(stage: number, input: SharedArrayBuffer, count: number): Promise<BatchOutputs> {
  const model = models[stage]
  if (model === undefined) {
    throw new DdnnError(
      'DDNN_INTERNAL',
      `Expected a stage from 0 to ${models.length - 1}, got ${stage}`,
    )
  }
  return model.run(new Float32Array(input, 0, count * lengthOf(model)), count)
}

async function warm(model: LoadedModel, size: number): Promise<void> {
  await model.run(new Float32Array(size * lengthOf(model)), size)
}

function lengthOf({ shapes }: LoadedModel): number {
  return shapes.input.reduce((product, axis) => product * axis, 1)
}

function memoryOf({ tf }: Runtime) {
  const { numTensors, numBytes } = tf.memory()
  return { tensors: numTensors, bytes: numBytes }
}

/** What goes back without a copy. */
function buffersOf(reply: WorkerReply): ArrayBuffer[] {
  if (reply.kind !== 'ran') return []
  const { features, exits } = reply.outputs
  const arrays = features === undefined ? exits : [features, ...exits]
  return [...new Set(arrays.map((array) => array.buffer as ArrayBuffer))]
}

function post(reply: WorkerReply): void {
  port?.postMessage(reply, buffersOf(reply))
}

try {
  const runtime = await start()
  // One after the other, in the order they came, though loading is asynchronous.
  let last: Promise<void> = Promise.resolve()
  port.on('message', (message: WorkerMessage) => {
    last = last.then(async () => {
      try {
        post(await answer(runtime, message))
      } catch (thrown) {
        post({ kind: 'failed', error: toPlainError(thrown, 'DDNN_ENGINE_FAILED') })
      }
    })
  })
  post({ kind: 'started', description: runtime.description })
} catch (thrown) {
  post({ kind: 'failed', error: toPlainError(thrown, 'DDNN_ENGINE_UNAVAILABLE') })
}
