// A gRPC door over a backend of the test's own, and a client of the same service definitions.
import { after } from 'node:test'
import {
  Client,
  credentials,
  Metadata,
  type CallOptions,
  type ChannelCredentials,
  type ServiceError,
} from '@grpc/grpc-js'
import type { AnswerImage } from '../../../../src/serving/device/device.ts'
import type { Reply } from '../../../../src/domain/reply.ts'
import { createAccess, type AccessOptions } from '../../../../src/serving/door/access.ts'
import type { DoorModel, DoorOptions } from '../../../../src/serving/door/door.ts'
import {
  serveGrpc,
  type GrpcDoor,
  type GrpcListen,
} from '../../../../src/serving/door/grpc/serve-grpc.ts'
import { healthService, inferenceService } from '../../../../src/serving/door/grpc/services.ts'
import { createLimit } from '../../../../src/serving/door/limit.ts'
import { createImageDecoder } from '../../../../src/input/decode.ts'
import { noTracing } from '../../../../src/telemetry/tracing/tracing.ts'
import { createMetrics, type Metrics } from '../../../../src/telemetry/metrics/metrics.ts'
import { createLogSink } from '../../../helpers/log-sink.ts'

export const model: DoorModel = {
  version: '3',
  family: 'made',
  tier: 'edge',
  input: [2, 2, 3],
  takesImages: true,
  labels: ['rose', 'tulip'],
}

export const reply: Reply = {
  tier: 'edge',
  result: { exit: 0, logits: [0, 1], prediction: 1, confidence: 0.75 },
  computeMs: 1,
  totalMs: 2,
  fallback: false,
  labelsHash: undefined,
  problem: undefined,
  next: undefined,
}

export interface MadeDoor {
  readonly door: GrpcDoor
  readonly client: Client
  readonly metrics: Metrics
}

export interface MadeOptions extends Partial<DoorOptions> {
  readonly answer?: AnswerImage
  readonly missing?: () => readonly string[]
  readonly access?: Partial<AccessOptions>
  readonly tls?: GrpcListen['tls']
  readonly port?: number
  readonly credentials?: ChannelCredentials
}

/** Listens on a free port of this machine; both sides are closed with the test file. */
export async function openDoor(made: MadeOptions = {}): Promise<MadeDoor> {
  const { answer = () => Promise.resolve(reply), missing = () => [], access, tls, port = 0 } = made
  const metrics = createMetrics()
  const options: DoorOptions = {
    ...{ name: 'edge', version: '1.2.3', modelName: 'ddnn' },
    backend: { model: () => model, missing, answer },
    decoder: createImageDecoder({ formats: 'any' }),
    ...{ timeoutMs: 30_000, maxInFlight: 8, maxBodyBytes: 1 << 20 },
    ...{ metrics, tracing: noTracing, log: createLogSink('silent').log },
    ...made,
  }
  const allowed = createAccess({ tokenFile: undefined, isOpen: false, ...access })
  const limit = createLimit(options.maxInFlight)
  const listen = { host: '127.0.0.1', port, tls }
  const door = await serveGrpc(options, allowed, limit, listen)
  const client = new Client(
    `localhost:${door.port}`,
    made.credentials ?? credentials.createInsecure(),
    { 'grpc.enable_http_proxy': 0 },
  )
  after(async () => {
    client.close()
    await door.close(AbortSignal.abort())
  })
  return { door, client, metrics }
}

/** What a call came to: its message, or the error that it ended with. */
export interface Called {
  readonly message: Readonly<Record<string, unknown>> | undefined
  readonly error: ServiceError | undefined
}

export interface CallSettings extends CallOptions {
  readonly metadata?: Readonly<Record<string, string>>
  /** Given the running call, to cancel it. */
  readonly onStart?: (call: { cancel(): void }) => void
}

/** Calls one method, and resolves however it ends. */
export function call(
  client: Client,
  method: string,
  message: object,
  { metadata = {}, onStart, ...options }: CallSettings = {},
): Promise<Called> {
  const definition = inferenceService[method] ?? healthService[method]
  if (definition === undefined) throw new Error(`Expected a method, got ${method}`)
  const sent = new Metadata()
  for (const [name, value] of Object.entries(metadata)) sent.set(name, value)
  return new Promise((resolve) => {
    const running = client.makeUnaryRequest(
      definition.path,
      definition.requestSerialize,
      definition.responseDeserialize as (bytes: Buffer) => Readonly<Record<string, unknown>>,
      message,
      sent,
      options,
      (error, answered) => resolve({ message: answered, error: error ?? undefined }),
    )
    onStart?.(running)
  })
}

/** An inference of `count` images of the model's size, as raw pixels; `more` overrides fields. */
export function request(count = 1, more: object = {}): object {
  return {
    modelName: 'ddnn',
    inputs: [{ name: 'image', datatype: 'UINT8', shape: [count, 2, 2, 3] }],
    rawInputContents: [new Uint8Array(count * 12)],
    ...more,
  }
}
