// The loop of a worker thread: holds one runtime and its models, and answers one message after the
// other. The forward pass blocks this thread, not the event loop that talks to Kafka.
import type { MessagePort } from 'node:worker_threads'
import type { SubmodelSpec } from '../../../domain/submodel.ts'
import { sizeOf } from '../../../domain/tensor.ts'
import { DdnnError, ModelError, toDdnnError } from '../../../errors.ts'
import type { ExitGate } from './exit-gate.ts'
import { toPlainError, type LoadedStage, type WorkerMessage, type WorkerReply } from './messages.ts'
import type { LoadedModel, LoadOptions, Runtime } from './runtime.ts'

/** Starts the runtime and serves it until the thread ends. Never rejects: all errors go to the host. */
export async function serveRuntime(
  port: MessagePort,
  start: () => Promise<Runtime>,
  gate: ExitGate,
): Promise<void> {
  try {
    const runtime = await gate.during(start)
    const serve = createServer(runtime)
    // One after the other, in the order they came, though loading is asynchronous.
    let last: Promise<void> = Promise.resolve()
    port.on('message', (message: WorkerMessage) => {
      last = last.then(async () => {
        try {
          post(port, await gate.during(() => serve(message)))
        } catch (thrown) {
          post(port, { kind: 'failed', error: toPlainError(thrown, 'DDNN_ENGINE_FAILED') })
        }
      })
    })
    post(port, { kind: 'started', description: runtime.description })
  } catch (thrown) {
    post(port, { kind: 'failed', error: toPlainError(thrown, 'DDNN_ENGINE_UNAVAILABLE') })
  }
}

function createServer(runtime: Runtime): (message: WorkerMessage) => Promise<WorkerReply> {
  let models: LoadedModel[] = []
  return async (message) => {
    switch (message.kind) {
      case 'load': {
        const { specs, batchSizes, threads, workers, shortMs = 0 } = message
        const stages: LoadedStage[] = []
        for (const [i, spec] of specs.entries()) {
          const options = { batchSizes, threads: threads[i], workers }
          // What it was compiled to is not kept here: the session has its own.
          const { compiled, ...model } = await loadOne(runtime, spec, options)
          models.push(model)
          const { shapes, passMs, note } = model
          const isShort = (passMs ?? Infinity) <= shortMs
          stages.push({
            shapes,
            threads: model.threads,
            passMs,
            note,
            ...(isShort ? { compiled } : {}),
          })
        }
        return { kind: 'loaded', stages }
      }
      case 'run': {
        const startedAt = performance.now()
        const { input, count } = message
        const model = modelAt(models, message.stage)
        const length = count * sizeOf(model.shapes.input)
        const outputs = await model.run(new Float32Array(input, 0, length), count)
        return { kind: 'ran', outputs, computeMs: performance.now() - startedAt }
      }
      case 'memory':
        return { kind: 'memory', memory: runtime.memory() }
      case 'dispose': {
        for (const model of models) model.dispose()
        models = []
        return { kind: 'disposed', memory: runtime.memory() }
      }
    }
  }
}

/** As `Runtime.load`; whatever goes wrong names the folder. */
async function loadOne(
  runtime: Runtime,
  spec: SubmodelSpec,
  options: LoadOptions,
): Promise<LoadedModel> {
  try {
    return await runtime.load(spec, options)
  } catch (thrown) {
    const { code, message, hint } = toDdnnError(thrown)
    throw new ModelError(code, message, { hint, cause: thrown, folder: spec.folder })
  }
}

function modelAt(models: readonly LoadedModel[], stage: number): LoadedModel {
  const model = models[stage]
  if (model !== undefined) return model
  throw new DdnnError(
    'DDNN_INTERNAL',
    `Expected a stage from 0 to ${models.length - 1}, got ${stage}`,
  )
}

function post(port: MessagePort, reply: WorkerReply): void {
  port.postMessage(reply, buffersOf(reply))
}

/** What goes back without a copy. */
function buffersOf(reply: WorkerReply): ArrayBuffer[] {
  if (reply.kind !== 'ran') return []
  const { features, exits } = reply.outputs
  const arrays = features === undefined ? exits : [features, ...exits]
  return [...new Set(arrays.map((array) => array.buffer as ArrayBuffer))]
}
