// The health endpoints of a process: live, started, ready, models and metrics over HTTP (paths of the Open
// Inference Protocol, with Kubernetes' short names beside them). docs/operations.md says what asks which.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Registry } from 'prom-client'
import { fallbackHost, listenProblem } from '../domain/host-address.ts'
import { ConfigError } from '../errors.ts'
import type { Metrics } from './metrics/metrics.ts'

export interface HealthOptions {
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
  readonly metrics: Pick<Metrics, 'text'>
  /** What keeps it from being ready, in words, one item each; empty while ready. */
  readonly missing: () => readonly string[]
  /** What keeps it from having started: models that are not warm yet. Once empty it stays so. */
  readonly loading: () => readonly string[]
  /** What models are in memory, as it is to be shown: empty before they are loaded, and where there are none. */
  readonly models?: () => readonly object[]
  /**
   * Answers what is not health, and says whether it was its. Of who waits for '100 Continue' it says itself
   * when the body may come.
   */
  readonly door?: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined
  /** PEM: the whole port speaks HTTPS. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer } | undefined
  /** Longest time that a request may take to come, milliseconds. Default `requestMs`. */
  readonly requestTimeoutMs?: number | undefined
}

/** A large body over a slow link; who sends nothing more is let go. */
const requestMs = 120_000
const headersMs = 15_000

/** Longer than pools of clients and proxies keep a connection, so that it is they who close it. */
const keepAliveMs = 65_000

interface Health {
  /** The port in use. */
  readonly port: number
  close(): Promise<void>
}

/**
 * Listens at once, before models and links are there: live answers while the event loop turns, started
 * once the models are warm, ready only while nothing is missing.
 * @throws DDNN_CONFIG_INVALID when the port cannot be had.
 */
export async function serveHealth(options: HealthOptions): Promise<Health> {
  const server = createServerOf(options)
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    if (options.door?.(request, response) === true) return
    respond(options, request.method ?? 'GET', request.url ?? '/', response).catch(() => {
      // A metric that cannot be read must not end a tier that serves.
      response.destroy()
    })
  }
  server.on('request', onRequest).on('checkContinue', onRequest)
  await listen(server, options)
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function createServerOf({ tls, requestTimeoutMs = requestMs }: HealthOptions): Server {
  const timeouts = {
    requestTimeout: requestTimeoutMs,
    headersTimeout: Math.min(headersMs, requestTimeoutMs),
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: Math.min(5000, requestTimeoutMs),
  }
  return tls === undefined ? createServer(timeouts) : createSecureServer({ ...timeouts, ...tls })
}

function listen(server: Server, options: HealthOptions): Promise<void> {
  const { host, port } = options
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const other = fallbackHost(host, cause.code)
      if (other !== undefined) return resolve(listen(server, { ...options, host: other }))
      const got = cause.code ?? cause.message
      const { message, hint } = listenProblem('--http-port', port, host, got)
      reject(new ConfigError('DDNN_CONFIG_INVALID', message, { hint, cause }))
    })
    server.listen(port, host, () => {
      server.on('error', () => undefined)
      resolve()
    })
  })
}

async function respond(
  options: HealthOptions,
  method: string,
  url: string,
  response: ServerResponse,
): Promise<void> {
  const send = (status: number, type: string, body: string) => {
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
    response.end(method === 'HEAD' ? undefined : body)
  }
  if (method !== 'GET' && method !== 'HEAD') return send(405, 'text/plain', 'GET or HEAD\n')
  const tell = (what: string, missing: readonly string[]) => {
    const isWell = missing.length === 0
    send(isWell ? 200 : 503, 'application/json', `${JSON.stringify({ [what]: isWell, missing })}\n`)
  }
  const path = url.split('?')[0] ?? '/'
  switch (path) {
    case '/v2/health/live':
    case '/livez':
    case '/healthz':
      return tell('live', [])
    case '/startupz':
      return tell('started', options.loading())
    case '/v2/health/ready':
    case '/readyz':
      return tell('ready', options.missing())
    case '/v2/models':
      return send(200, 'application/json', `${JSON.stringify(options.models?.() ?? [])}\n`)
    case '/metrics':
      // Asking also sets ddnn_ready, so that a scrape tells it without a probe.
      options.missing()
      return send(200, Registry.PROMETHEUS_CONTENT_TYPE, await options.metrics.text())
    default:
      return send(
        404,
        'text/plain',
        'Try /v2/health/live, /startupz, /v2/health/ready, /v2/models or /metrics; / is the live page\n',
      )
  }
}
