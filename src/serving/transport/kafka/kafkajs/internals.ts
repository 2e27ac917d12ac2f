// The parts of kafkajs 2.2.4 that stand below its consumer and producer: brokers, connections and the
// table of requests. Its types leave most of them out, so they are declared here, and nowhere else. The
// version is pinned in package.json; test/serving/transport/kafkajs.test.ts holds these declarations against it.
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import kafkajs, { type Kafka } from 'kafkajs'

/** One request of the protocol with what reads its answer. */
export interface ProtocolRequest {
  readonly request: {
    readonly apiKey: number
    readonly apiVersion: number
    readonly [more: string]: unknown
  }
  readonly response: ProtocolResponse
  readonly requestTimeout?: number
}

interface ProtocolResponse {
  /** `raw` begins behind the correlation id. */
  decode(raw: Buffer): Promise<unknown>
  /** Throws for an error code in the answer; identity where the caller looks itself. */
  parse(decoded: unknown): Promise<unknown>
}

/** Two connections to one address: the second one for Fetch alone, opened when it is used. */
interface ConnectionPool {
  readonly host: string
  readonly port: number
  readonly pool: readonly { readonly socket?: Socket }[]
  send(request: ProtocolRequest): Promise<unknown>
  /** Connected, and perhaps not logged in yet. */
  getConnectionByRequest(protocol: {
    readonly request: { readonly apiKey: number }
  }): Promise<Connection>
}

/** One connection, from when it is connected. */
export interface Connection {
  readonly clientId: string
  /** The login; none where brokers want none. */
  readonly sasl?: object | null
  readonly socket: Socket
  readonly requestQueue: {
    /** Sends it at once, or when the broker wants requests again. */
    push(request: {
      readonly entry: {
        readonly apiKey: number
        readonly apiName: string
        readonly apiVersion: number
        readonly correlationId: number
        readonly resolve: (answer: { readonly payload: Buffer }) => void
        readonly reject: (error: Error) => void
      }
      readonly expectResponse: boolean
      /** Milliseconds; null takes the connection's own. */
      readonly requestTimeout: number | null
      readonly sendRequest: () => void
    }): void
    maybeThrottle(ms: number): void
  }
  /** Whether no login is due; of a connection with one alone. */
  isAuthenticated(): boolean
  failIfNotConnected(): void
  nextCorrelationId(): number
}

/** A broker by its address. */
export interface RawBroker {
  readonly connectionPool: ConnectionPool
  /** Highest and lowest version of each kind of request that it takes; null before it is connected. */
  readonly versions: Readonly<Record<number, { readonly maxVersion: number }>> | null
  isConnected(): boolean
  /** Connects and logs in. */
  connect(): Promise<void>
  disconnect(): Promise<void>
  /** The best version of a request that both ends know, as a function of its fields. */
  lookupRequest(apiKey: number, definition: unknown): (fields: object) => ProtocolRequest
}

interface RawCluster {
  readonly rootLogger: unknown
  readonly connectionPoolBuilder: {
    build(address?: { readonly host: string; readonly port: number }): Promise<ConnectionPool>
  }
  readonly brokerPool: {
    createBroker(options: {
      readonly connectionPool: ConnectionPool
      readonly logger: unknown
      readonly nodeId?: number
    }): RawBroker
  }
}

interface RequestQueue {
  readonly pending: readonly unknown[]
  readonly inflight: ReadonlyMap<number, SentRequest>
  readonly enforceRequestTimeout: boolean
  readonly isConnected: () => boolean
  requestTimeoutIntervalId?: NodeJS.Timeout
  scheduleCheckPendingRequests: (this: RequestQueue) => void
  scheduleRequestTimeoutCheck: (this: RequestQueue) => void
  /** Clears its timers. */
  destroy(): void
}

interface SentRequest {
  /** Milliseconds since 1970; null until it is sent. */
  readonly sentAt: number | null
  readonly requestTimeout: number
  /** Rejects it. */
  timeoutRequest(): void
}

interface Receiving {
  bytesBuffered: number
  chunks: Buffer[]
  processData: (this: Receiving, bytes: Buffer) => void
}

interface RawEncoder {
  writeInt8(value: number): RawEncoder
  writeBuffer(value: Buffer): RawEncoder
}

const require = createRequire(import.meta.url)
const queue = require('kafkajs/src/network/requestQueue') as { readonly prototype: RequestQueue }
const connection = require('kafkajs/src/network/connection') as { readonly prototype: Receiving }
const table = require('kafkajs/src/protocol/requests') as {
  readonly requests: Readonly<Record<string, unknown>>
}
export const apiKeys = require('kafkajs/src/protocol/requests/apiKeys') as Readonly<
  Record<ApiName, number>
>
export const protocolErrors = require('kafkajs/src/protocol/error') as {
  createErrorFromCode(code: number): Error
}
/** Makes the body of a request. */
export const Encoder = require('kafkajs/src/protocol/encoder') as new (size?: number) => RawEncoder

export type ApiName =
  | 'Produce'
  | 'Fetch'
  | 'ListOffsets'
  | 'Metadata'
  | 'OffsetCommit'
  | 'OffsetFetch'
  | 'GroupCoordinator'
  | 'JoinGroup'
  | 'Heartbeat'
  | 'LeaveGroup'
  | 'SyncGroup'
  | 'InitProducerId'

let isMended = false

/**
 * kafkajs arms a timer to look for requests that wait, after every answer and for ever: with none that
 * wait its delay is negative, so it fires each millisecond on each connection (tulios/kafkajs#1751). An
 * edge at rest burned a third of a core so (measured). Here it is armed only while something waits.
 */
export function mendRequestQueue(): void {
  if (isMended) return
  isMended = true
  const { prototype } = queue
  const schedule = prototype.scheduleCheckPendingRequests
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) schedule.call(this)
  }
  prototype.scheduleRequestTimeoutCheck = lookForLateOnes
}

/** Between looks for requests that are not answered in time, milliseconds. */
const lateLookMs = 1000

/** As kafkajs does it, which looks ten times a second on each connection: half of what a tier at rest took. */
function lookForLateOnes(this: RequestQueue): void {
  if (!this.enforceRequestTimeout) return
  this.destroy()
  this.requestTimeoutIntervalId = setInterval(() => {
    const now = Date.now()
    for (const request of this.inflight.values()) {
      const { sentAt, requestTimeout } = request
      if (sentAt !== null && now - sentAt > requestTimeout) request.timeoutRequest()
    }
    if (!this.isConnected()) this.destroy()
  }, lateLookMs)
}

let isReceivingMended = false

/**
 * kafkajs keeps what is left behind an answer, which is nothing, as a piece of the next one, and so puts
 * each answer together anew: a copy of all that is fetched, in new memory. Here nothing is left.
 */
export function mendReceiving(): void {
  if (isReceivingMended) return
  isReceivingMended = true
  const { prototype } = connection
  const receive = prototype.processData
  prototype.processData = function (this: Receiving, bytes) {
    if (this.bytesBuffered === 0) this.chunks = []
    receive.call(this, bytes)
  }
}

/** Makes brokers of a client that are connected by nobody yet. */
export interface BrokerMaker {
  at(address: { readonly host: string; readonly port: number }): Promise<RawBroker>
}

/** Told of an answer: Kafka's name of the request, and the time from sending it, milliseconds. */
export type OnAnswer = (api: string, milliseconds: number) => void

/** kafkajs hands its cluster to whoever makes a partition assigner: the way in that its types allow. */
export function brokerMakerOf(kafka: Kafka, onAnswer?: OnAnswer): BrokerMaker {
  let found: RawCluster | undefined
  const consumer = kafka.consumer({
    groupId: 'ddnn',
    allowAutoTopicCreation: false,
    partitionAssigners: [
      ({ cluster }) => {
        found = cluster as unknown as RawCluster
        return { name: 'none', version: 0, assign: () => Promise.resolve([]), protocol: none }
      },
    ],
  })
  if (onAnswer !== undefined) {
    consumer.on('consumer.network.request', ({ payload }) =>
      onAnswer(payload.apiName, payload.duration),
    )
  }
  const cluster = found
  if (cluster === undefined) throw new Error('Expected kafkajs to hand out its cluster')
  return {
    async at(address) {
      const connectionPool = await cluster.connectionPoolBuilder.build(address)
      return cluster.brokerPool.createBroker({ connectionPool, logger: cluster.rootLogger })
    },
  }
}

const none = () => ({ name: 'none', metadata: Buffer.alloc(0) })

/** A request in the best version that the broker and kafkajs know. The broker is connected. */
export function requestOf(broker: RawBroker, api: ApiName, fields: object): ProtocolRequest {
  return broker.lookupRequest(apiKeys[api], table.requests[api])(fields)
}

/** With the errors of its partitions left in the answer, where kafkajs throws the first and drops the rest. */
export function unchecked(request: ProtocolRequest): ProtocolRequest {
  const { response } = request
  return {
    ...request,
    response: {
      decode: (raw) => response.decode(raw),
      parse: (decoded) => Promise.resolve(decoded),
    },
  }
}

/** The bytes of what kafkajs knows of groups' protocols. */
export const assignerProtocol = kafkajs.AssignerProtocol
