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

type Headers = Readonly<Record<string, string>>

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
  sendJson(response, status, error, told)
  // What is left of the body is read and let go: its sender may read nothing before it has sent all.
  request.resume()
  return status
}

/** Lets who waits for it send the body. Who is refused before is told to close by Node itself. */
export function letSend(request: IncomingMessage, response: ServerResponse): void {
  if (request.headers.expect !== undefined) response.writeContinue()
}

function toJson(value: object): string {
  return `${JSON.stringify(value)}\n`
}
