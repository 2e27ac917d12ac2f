// Responses of the HTTP door: JSON, and errors as the protocol has them.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { DoorError, Refusal } from '../protocol.ts'

const statuses: Readonly<Record<Refusal, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'too-large': 413,
  overloaded: 429,
  unavailable: 503,
  failed: 500,
}

/** Seconds until another try is worth it. */
const retryAfterS = '1'

/** What is left of a body that is refused is read so long, so that its sender reads the refusal. */
const lingerMs = 5000

export type Headers = Readonly<Record<string, string>>

export function send(
  response: ServerResponse,
  status: number,
  headers: Headers,
  body: Uint8Array | string,
): void {
  response.writeHead(status, {
    'cache-control': 'no-store',
    'content-length': Buffer.byteLength(body),
    ...headers,
  })
  response.end(body)
}

export function sendJson(
  response: ServerResponse,
  status: number,
  value: object,
  headers: Headers = {},
): void {
  send(response, status, { 'content-type': 'application/json', ...headers }, toJson(value))
}

/** Message and hint of the error, and what HTTP says beside them. Returns the status. */
export function sendError(
  request: IncomingMessage,
  response: ServerResponse,
  { refusal, message, hint }: DoorError,
  headers: Headers = {},
): number {
  const status = statuses[refusal]
  const error = { error: hint === undefined ? message : `${message}. ${hint}` }
  const told = {
    ...(status === 429 || status === 503 ? { 'retry-after': retryAfterS } : {}),
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...headers,
  }
  if (request.complete || !hasBody(request)) sendJson(response, status, error, told)
  else sendEarly(request, response, status, toJson(error), told)
  return status
}

/**
 * A response while the body is still coming. To close at once would reset the connection, and its sender would
 * often read that in place of the response.
 */
function sendEarly(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: string,
  headers: Headers,
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
    ...headers,
  })
  // Who waits for '100 Continue' sends nothing of it.
  if (request.headers.expect !== undefined && !isContinued(response)) {
    response.end(body)
    return
  }
  response.write(body)
  const end = () => {
    clearTimeout(timer)
    response.end()
  }
  const timer = setTimeout(end, lingerMs)
  request.once('close', end).once('end', end).resume()
}

const continued = new WeakSet<ServerResponse>()

/** Lets who waits for it send the body. */
export function letSend(request: IncomingMessage, response: ServerResponse): void {
  if (request.headers.expect === undefined) return
  continued.add(response)
  response.writeContinue()
}

function isContinued(response: ServerResponse): boolean {
  return continued.has(response)
}

function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length']
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}

function toJson(value: object): string {
  return `${JSON.stringify(value)}\n`
}
