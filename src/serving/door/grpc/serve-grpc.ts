// The gRPC door: one server with the inference service and health checks, on a port of its own.
import { logVerbosity, Server, ServerCredentials, setLogVerbosity } from '@grpc/grpc-js'
import { addressText, fallbackHost, listenProblem } from '../../../domain/host-address.ts'
import { ConfigError } from '../../../errors.ts'
import type { Access } from '../access.ts'
import type { DoorOptions } from '../door.ts'
import type { Limit } from '../limit.ts'
import { createGate } from './gate.ts'
import { createHealthService } from './health-service.ts'
import { createInferenceService } from './inference-service.ts'
import { healthService, inferenceService, inferenceServiceName } from './services.ts'

// It would write lines of its own to standard error, of what is thrown or answered here.
setLogVerbosity(logVerbosity.NONE)

export interface GrpcListen {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** PEM; plain text where undefined. */
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined
}

export interface GrpcDoor {
  /** The port in use. */
  readonly port: number
  /** Takes no more calls, finishes those under way, and ends them when the signal aborts. Idempotent. */
  close(signal: AbortSignal): Promise<void>
}

/**
 * Answers from now on, NOT_SERVING and UNAVAILABLE until the backend can.
 * @throws DDNN_CONFIG_INVALID for a port that cannot be had and for a certificate that cannot be used.
 */
export async function serveGrpc(
  options: DoorOptions,
  access: Access,
  limit: Limit,
  listen: GrpcListen,
): Promise<GrpcDoor> {
  const { backend, maxBodyBytes, maxInFlight, metrics, modelName } = options
  const infer = inferenceService['ModelInfer']
  const watch = healthService['Watch']
  if (infer === undefined || watch === undefined) throw new Error('Expected ModelInfer and Watch')
  const gate = { access, guarded: infer.path, held: watch.path, maxCalls: maxInFlight, metrics }
  const server = new Server({
    'grpc.max_receive_message_length': maxBodyBytes,
    interceptors: [createGate(gate)],
  })
  const health = createHealthService(
    [inferenceServiceName, modelName],
    () => backend.missing().length === 0 && backend.model() !== undefined,
  )
  server.addService(inferenceService, createInferenceService(options, limit))
  server.addService(healthService, health.handlers)
  const port = await bind(server, listen)
  return {
    port,
    close: (signal) => {
      health.stop()
      return shutDown(server, signal)
    },
  }
}

function bind(server: Server, listen: GrpcListen): Promise<number> {
  const { host, port, tls } = listen
  return new Promise((resolve, reject) => {
    server.bindAsync(addressText(host, port), credentialsOf(tls), (cause, bound) => {
      if (cause === null) return resolve(bound)
      const got = /\bE[A-Z]{4,}\b/.exec(cause.message)?.[0] ?? cause.message
      const other = fallbackHost(host, got)
      if (other !== undefined) return resolve(bind(server, { ...listen, host: other }))
      const { message, hint } = listenProblem('--grpc-port', port, host, got)
      reject(new ConfigError('DDNN_CONFIG_INVALID', message, { hint, cause }))
    })
  })
}

function credentialsOf(tls: GrpcListen['tls']): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure()
  try {
    return ServerCredentials.createSsl(null, [{ cert_chain: tls.cert, private_key: tls.key }])
  } catch (cause) {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected a certificate and its key in --http-tls-cert and --http-tls-key, got ${(cause as Error).message}`,
      { cause },
    )
  }
}

function shutDown(server: Server, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const force = () => server.forceShutdown()
    signal.addEventListener('abort', force, { once: true })
    server.tryShutdown(() => {
      signal.removeEventListener('abort', force)
      resolve()
    })
    if (signal.aborted) force()
  })
}
