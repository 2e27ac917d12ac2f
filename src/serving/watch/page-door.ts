// The live page over HTTP: its files, its events, and the one thing that it may change. What is none of its paths is not its.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { watchPaths } from '../../domain/watch.ts'
import { toDdnnError } from '../../errors.ts'
import type { Logger } from '../../telemetry/log.ts'
import { tokenProblem } from '../door/tokens.ts'
import type { OpenWatch } from './create-watch.ts'
import { createEventStreams } from './event-streams.ts'
import type { PageFiles } from './page-files.ts'
import { turnThreshold } from './thresholds-route.ts'
import { refusalOf, type PageHosts } from './visitor.ts'

interface PageDoorOptions {
  readonly watch: OpenWatch
  readonly files: PageFiles
  /** By which names it may be called from elsewhere; empty keeps it to this machine. */
  readonly hosts: PageHosts
  /** Hashes of those who may turn thresholds; undefined where nobody may. */
  readonly tokens: (() => readonly Buffer[]) | undefined
  readonly log: Logger
}

interface PageDoor {
  /** Answers what is the page's; false for what is not. */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  /** Ends all event streams. */
  close(): void
}

/** Nothing of elsewhere is loaded, and nobody shows it inside their own page. */
const securityHeaders = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const

const maxBodyBytes = 1024

export function createPageDoor(options: PageDoorOptions): PageDoor {
  const { watch, files, hosts, log } = options
  const streams = createEventStreams(watch)
  const answer = async (path: string, request: IncomingMessage, response: ServerResponse) => {
    const { headers, method = 'GET' } = request
    const { remoteAddress } = request.socket
    const refusal = refusalOf({ headers, method, remoteAddress }, hosts)
    if (refusal !== undefined) return sendProblem(response, 403, refusal)
    if (path === watchPaths.thresholds) return turn(options, request, response)
    if (method !== 'GET' && method !== 'HEAD') return sendProblem(response, 405, 'Expected GET')
    switch (path) {
      case watchPaths.state:
        return sendJson(response, 200, watch.state())
      case watchPaths.events:
        if (method === 'HEAD') return sendJson(response, 200, {})
        if (streams.open(response, securityHeaders)) return
        return sendProblem(response, 503, 'Too many watch already', { 'retry-after': '5' })
      default: {
        const file = await files.read(path)
        if (file === undefined)
          return sendProblem(response, 404, `Expected a file of the page, got ${path}`)
        response.writeHead(200, { ...securityHeaders, 'content-type': file.type })
        response.end(method === 'HEAD' ? undefined : file.bytes)
      }
    }
  }
  return {
    handle(request, response) {
      const path = (request.url ?? '/').split('?')[0] ?? '/'
      if (path !== watchPaths.page && !path.startsWith(watchPaths.files)) return false
      answer(path, request, response).catch((thrown: unknown) => {
        log.error({ err: toDdnnError(thrown) }, 'the page could not answer')
        response.destroy()
      })
      return true
    },
    close: () => streams.close(),
  }
}

/** Turns a knob for who has a token. */
async function turn(
  { watch, tokens, log }: PageDoorOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const refuse = (status: number, message: string, headers = {}) => {
    // Its sender may read nothing before all is sent.
    request.resume()
    sendProblem(response, status, message, headers)
  }
  if (request.method !== 'POST') return refuse(405, 'Expected POST')
  if (tokens === undefined) {
    return refuse(403, 'Nobody may turn thresholds here: start it with --page-token-file FILE')
  }
  const problem = tokenProblem(request.headers.authorization, tokens())
  if (problem !== undefined) {
    const headers = { 'www-authenticate': 'Bearer' }
    return refuse(401, `Expected a token of --page-token-file, got ${problem}`, headers)
  }
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    return refuse(415, 'Expected content-type: application/json')
  }
  const body = await readText(request)
  if (body === undefined) return refuse(413, `Expected at most ${maxBodyBytes} bytes`)
  try {
    turnThreshold(watch, body, log)
  } catch (thrown) {
    const { code, message, hint } = toDdnnError(thrown)
    return sendJson(response, 400, { error: { code, message, hint } })
  }
  sendJson(response, 200, watch.state())
}

/** Undefined where it is too long. */
async function readText(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length <= maxBodyBytes) chunks.push(chunk)
  }
  return length > maxBodyBytes ? undefined : Buffer.concat(chunks).toString('utf8')
}

function sendProblem(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  sendJson(response, status, { error: { code: 'DDNN_CONFIG_INVALID', message } }, headers)
}

function sendJson(
  response: ServerResponse,
  status: number,
  value: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    ...securityHeaders,
    'content-type': 'application/json',
    ...headers,
  })
  response.end(`${JSON.stringify(value)}\n`)
}
