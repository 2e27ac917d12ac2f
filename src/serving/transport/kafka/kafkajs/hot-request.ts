// Requests of which every image costs several (Produce, Fetch), over the connections and the queue of
// kafkajs but past its writers: those copy a body twice into zeroed memory of a power of two, half a
// megabyte for an image of 97 kB, and collecting that was half of a device's CPU (measured).
import type { Socket } from 'node:net'
import {
  Encoder,
  requestOf,
  apiKeys,
  type ApiName,
  type Connection,
  type ProtocolRequest,
  type RawBroker,
} from './internals.ts'

interface HotRequest {
  readonly apiName: ApiName
  readonly apiVersion: number
  /** The body; each must stay as it is until the answer. */
  readonly pieces: readonly Uint8Array[]
  /** How long the broker wants to be left alone, of its answer; milliseconds. */
  readonly throttleMs?: (answer: Buffer) => number
}

/** A body up to so many bytes is written in one piece with its head. */
const oneWriteBytes = 16 * 1024

/** The best version of a request that the broker knows, `known` at most. */
export function versionOf(broker: RawBroker, apiName: ApiName, known: number): number {
  const most = broker.versions?.[apiKeys[apiName]]?.maxVersion
  // kafkajs has the error for a broker that does not know it.
  if (most === undefined) return requestOf(broker, apiName, {}).request.apiVersion
  return Math.min(known, most)
}

/**
 * Sends it in the turn in which the connection is there, and resolves with the bytes of the answer behind
 * its correlation id. Rejects with what kafkajs does.
 */
export async function sendHot(broker: RawBroker, request: HotRequest): Promise<Buffer> {
  const { connectionPool } = broker
  const apiKey = apiKeys[request.apiName]
  const connection = await connectionPool.getConnectionByRequest({ request: { apiKey } })
  // A login that is due is kafkajs's to make, before what it sends.
  if (connection.sasl != null && !connection.isAuthenticated()) {
    return (await connectionPool.send(plainRequest(apiKey, request))) as Buffer
  }
  return push(connection, apiKey, request)
}

function push(
  connection: Connection,
  apiKey: number,
  { apiName, apiVersion, pieces, throttleMs }: HotRequest,
): Promise<Buffer> {
  connection.failIfNotConnected()
  const { requestQueue } = connection
  const correlationId = connection.nextCorrelationId()
  const all = withHead(connection, { apiKey, apiVersion, correlationId }, pieces)
  return new Promise((resolve, reject) => {
    requestQueue.push({
      entry: {
        apiKey,
        apiName,
        apiVersion,
        correlationId,
        resolve: ({ payload }) => {
          if (throttleMs !== undefined) requestQueue.maybeThrottle(throttleMs(payload))
          resolve(payload)
        },
        reject,
      },
      expectResponse: true,
      requestTimeout: null,
      sendRequest: () => writeTogether(connection.socket, all),
    })
  })
}

/** length int32, of all behind it | api key int16 | version int16 | correlation id int32 | client id */
function withHead(
  { clientId }: Connection,
  request: {
    readonly apiKey: number
    readonly apiVersion: number
    readonly correlationId: number
  },
  pieces: readonly Uint8Array[],
): readonly Uint8Array[] {
  const idBytes = Buffer.byteLength(clientId)
  const headBytes = 14 + idBytes
  const bodyBytes = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0)
  const isOne = bodyBytes <= oneWriteBytes
  const head = Buffer.allocUnsafe(isOne ? headBytes + bodyBytes : headBytes)
  head.writeInt32BE(headBytes - 4 + bodyBytes, 0)
  head.writeInt16BE(request.apiKey, 4)
  head.writeInt16BE(request.apiVersion, 6)
  head.writeInt32BE(request.correlationId, 8)
  head.writeInt16BE(idBytes, 12)
  head.write(clientId, 14, 'utf8')
  if (!isOne) return [head, ...pieces]
  let at = headBytes
  for (const piece of pieces) {
    head.set(piece, at)
    at += piece.byteLength
  }
  return [head]
}

/** In one call to the system, and without a copy. */
function writeTogether(socket: Socket, pieces: readonly Uint8Array[]): void {
  if (pieces.length > 1) socket.cork()
  for (const piece of pieces) socket.write(piece)
  if (pieces.length > 1) socket.uncork()
}

/** As kafkajs sends it. Its bodies are encoders; this one is full from the start. */
function plainRequest(
  apiKey: number,
  { apiName, apiVersion, pieces }: HotRequest,
): ProtocolRequest {
  const body = Buffer.concat(pieces)
  const full = Object.assign(new Encoder(1), { buf: body, offset: body.length })
  return {
    request: { apiKey, apiVersion, apiName, encode: () => Promise.resolve(full) },
    response: {
      decode: (raw) => Promise.resolve(raw),
      parse: (raw) => Promise.resolve(raw),
    },
  }
}
