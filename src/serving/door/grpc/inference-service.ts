// The methods of GRPCInferenceService: each reads its message, asks the door, and writes what came of it.
import type { handleUnaryCall, ServerUnaryCall, UntypedServiceImplementation } from '@grpc/grpc-js'
import { readTrace } from '../../../domain/trace.ts'
import type { Span } from '../../../telemetry/tracing/tracing.ts'
import type { DoorOptions } from '../door.ts'
import { assertModelName, findModel } from '../find-model.ts'
import { infer } from '../infer.ts'
import type { Limit } from '../limit.ts'
import { modelMetadata, serverMetadata } from '../metadata.ts'
import { toDoorError } from '../refusal.ts'
import { withDeadline } from './budget.ts'
import type {
  InferRequestMessage,
  InferResponseMessage,
  ModelRequestMessage,
  RepositoryIndexMessage,
} from './messages.ts'
import { writeModelConfig } from './model-config.ts'
import { readRequest } from './read-request.ts'
import { toServiceError } from './status.ts'
import { writeResponse } from './write-response.ts'

/** Handlers by their names in the .proto; those of Triton's methods that are not here are UNIMPLEMENTED. */
export function createInferenceService(
  options: DoorOptions,
  limit: Limit,
): UntypedServiceImplementation {
  const { backend, modelName } = options
  const isReady = () => backend.missing().length === 0 && backend.model() !== undefined
  return {
    ServerLive: unary(() => ({ live: true })),
    ServerReady: unary(() => ({ ready: isReady() })),
    ModelReady: unary(({ name, version }: ModelRequestMessage) => {
      assertModelName(options, name)
      if (backend.model() !== undefined) findModel(options, name, version)
      return { ready: isReady() }
    }),
    ServerMetadata: unary(() => serverMetadata(options)),
    // Its message has no place for the parameters.
    ModelMetadata: unary(({ name, version }: ModelRequestMessage) =>
      modelMetadata(name, findModel(options, name, version)),
    ),
    ModelConfig: unary(({ name, version }: ModelRequestMessage) => {
      const model = modelMetadata(name, findModel(options, name, version))
      return { config: writeModelConfig(model, options.maxInFlight) }
    }),
    RepositoryIndex: unary(({ ready }: { readonly ready: boolean }): RepositoryIndexMessage => {
      if (isReady()) {
        const version = backend.model()?.version ?? ''
        return { models: [{ name: modelName, version, state: 'READY', reason: '' }] }
      }
      const reason = backend.missing().join('; ')
      const model = { name: modelName, version: '', state: 'UNAVAILABLE', reason }
      return { models: ready ? [] : [model] }
    }),
    ModelInfer: unary(async (message: InferRequestMessage, call) => {
      try {
        return await inferOnce(options, limit, message, call)
      } catch (thrown) {
        const error = toDoorError(thrown)
        if (error.refusal === 'failed') options.log.error({ code: error.code }, error.message)
        throw error
      }
    }),
  }
}

async function inferOnce(
  options: DoorOptions,
  limit: Limit,
  message: InferRequestMessage,
  call: ServerUnaryCall<unknown, unknown>,
): Promise<InferResponseMessage> {
  const request = readRequest(message)
  const leftMs = Number(call.getDeadline()) - Date.now()
  const parameters = withDeadline(request.parameters, leftMs, options.timeoutMs)
  const gone = new AbortController()
  // Also at the end of a call that was answered, where nothing is left to abort.
  call.once('cancelled', () => gone.abort())
  if (call.cancelled) gone.abort()
  const span = beginSpan(options, call)
  try {
    const response = await infer(
      options,
      limit,
      { ...request, parameters },
      { signal: gone.signal, clientId: clientIdOf(call), span, door: 'grpc' },
    )
    span.end()
    return writeResponse(response)
  } catch (thrown) {
    span.end(String(thrown))
    throw thrown
  }
}

/** Of a call, by OpenTelemetry's conventions; a child of the caller's, where one comes along. */
function beginSpan({ tracing }: DoorOptions, call: ServerUnaryCall<unknown, unknown>): Span {
  const [traceparent] = call.metadata.get('traceparent')
  const name = 'inference.GRPCInferenceService/ModelInfer'
  return tracing.begin(name, 'server', readTrace(traceparent?.toString()), () => ({
    'rpc.system': 'grpc',
    'rpc.service': 'inference.GRPCInferenceService',
    'rpc.method': 'ModelInfer',
    'client.address': call.getPeer(),
  }))
}

/** Askers take turns by their address, as over HTTP; the port is another one for every connection. */
function clientIdOf(call: ServerUnaryCall<unknown, unknown>): string {
  return `grpc:${call.getPeer().replace(/:\d+$/, '')}`
}

/** A handler from a function that returns or throws. */
function unary<Request, Response>(
  answer: (
    request: Request,
    call: ServerUnaryCall<Request, Response>,
  ) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const answering = async () => answer(call.request, call)
    answering().then(
      (response) => callback(null, response),
      (thrown: unknown) => callback(toServiceError(thrown)),
    )
  }
}
