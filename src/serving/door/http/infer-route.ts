// POST /v2/models/NAME/infer: who asks is looked at first, then the length of the body, then the body. What is
// under way is known, so that closing can wait for it.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { finished } from 'node:stream/promises'
import { readTrace } from '../../../domain/trace.ts'
import type { Span } from '../../../telemetry/tracing/tracing.ts'
import type { Access } from '../access.ts'
import type { DoorOptions } from '../door.ts'
import { assertModelName } from '../find-model.ts'
import { infer } from '../infer.ts'
import type { Limit } from '../limit.ts'
import { DoorError } from '../protocol.ts'
import { toDoorError } from '../refusal.ts'
import type { BodyRoom } from './body-room.ts'
import type { ModelPath } from './codec/asked.ts'
import { readRequest } from './codec/read-request.ts'
import { writeResponse, type Written } from './codec/write-response.ts'
import { checkBody, readBody } from './read-body.ts'
import { letSend, send, sendError } from './respond.ts'
import { doorStatuses } from '../../../telemetry/metrics/known-values.ts'

interface InferRouteOptions {
  readonly options: DoorOptions
  readonly access: Access
  readonly limit: Limit
  readonly room: BodyRoom
}

interface InferRoute {
  answer(
    request: IncomingMessage,
    response: ServerResponse,
    path: ModelPath,
    query: URLSearchParams,
  ): void
  close(signal: AbortSignal): Promise<void>
}

export function createInferRoute(route: InferRouteOptions): InferRoute {
  const { metrics, log } = route.options
  metrics.announce(['doorRequests', 'doorImages', 'doorLatency'], {
    door: ['http'],
    status: doorStatuses.http,
  })
  const underWay = new Map<Promise<void>, AbortController>()
  let isClosing = false

  /** Resolves when the response is given, or its asker is gone. */
  const answer = async (exchange: Exchange): Promise<void> => {
    const { request, response, gone } = exchange
    const startedAt = performance.now()
    let status = '200'
    try {
      if (isClosing) throw closing()
      const { headers, body } = await inferOnce(route, exchange)
      send(response, 200, headers, body)
    } catch (thrown) {
      // Nobody is there to read it: the status that proxies log for it.
      if (gone.signal.aborted && response.destroyed) status = '499'
      else {
        const error = gone.signal.aborted ? closing() : toDoorError(thrown)
        if (error.refusal === 'failed') log.error({ code: error.code }, error.message)
        status = String(sendError(request, response, error, headersOf(isClosing)))
      }
    }
    // Until its last byte has left: closing cuts connections off.
    await finished(response, { signal: gone.signal }).catch(() => undefined)
    exchange.span.add(() => ({ 'http.response.status_code': Number(status) }))
    exchange.span.end(status.startsWith('5') ? `status ${status}` : undefined)
    metrics.doorRequests.inc({ door: 'http', status })
    metrics.doorLatency.observe({ door: 'http' }, (performance.now() - startedAt) / 1000)
  }

  return {
    answer: (request, response, path, query) => {
      const gone = new AbortController()
      response.once('close', () => {
        if (!response.writableFinished) gone.abort()
      })
      const span = beginSpan(route.options, request)
      const answering = answer({ request, response, path, query, gone, span }).catch(
        (thrown: unknown) => {
          log.error(`a response could not be given: ${String(thrown)}`)
          response.destroy()
        },
      )
      underWay.set(answering, gone)
      void answering.finally(() => underWay.delete(answering))
    },
    close: async (signal) => {
      isClosing = true
      const abort = () => {
        for (const gone of underWay.values()) gone.abort()
      }
      if (signal.aborted) abort()
      signal.addEventListener('abort', abort, { once: true })
      await Promise.all(underWay.keys())
      signal.removeEventListener('abort', abort)
    },
  }
}

/** Of an HTTP request, by OpenTelemetry's conventions; a child of the caller's, where one comes along. */
function beginSpan(
  { tracing, modelName }: DoorOptions,
  { headers, socket }: IncomingMessage,
): Span {
  const { traceparent } = headers
  const parent = readTrace(typeof traceparent === 'string' ? traceparent : undefined)
  const route = '/v2/models/{model}/infer'
  return tracing.begin(`POST ${route}`, 'server', parent, () => ({
    'http.request.method': 'POST',
    'http.route': route,
    'url.path': `/v2/models/${modelName}/infer`,
    'client.address': socket.remoteAddress,
  }))
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly path: ModelPath
  readonly query: URLSearchParams
  /** Aborts when the asker is gone, and when closing may wait no longer. */
  readonly gone: AbortController
  readonly span: Span
}

async function inferOnce(
  { options, access, limit, room }: InferRouteOptions,
  { request, response, path, query, gone, span }: Exchange,
): Promise<Written> {
  const { headers, socket } = request
  access.check(headers.authorization, socket.remoteAddress)
  assertModelName(options, path.model)
  checkBody(request, options.maxBodyBytes)
  letSend(request, response)
  const held = room.hold()
  try {
    const body = await orAborted(readBody(request, options.maxBodyBytes, held), gone.signal)
    const { 'content-type': contentType, 'inference-header-content-length': length } = headers
    const jsonLength = Array.isArray(length) ? length[0] : length
    const received = { path, query, contentType, jsonLength, body }
    const asked = readRequest(received, options.backend.model())
    const response = await infer(options, limit, asked.request, {
      signal: gone.signal,
      span,
      clientId: `http:${socket.remoteAddress ?? ''}`,
      door: 'http',
    })
    return writeResponse(response, asked.isBinary)
  } finally {
    held.release()
  }
}

/** A body that stays away must not hold the end of the process. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new Error('aborted'))
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

function headersOf(isClosing: boolean): Readonly<Record<string, string>> {
  return isClosing ? { connection: 'close' } : {}
}

function closing(): DoorError {
  return new DoorError(
    'unavailable',
    'DDNN_TRANSPORT_CLOSED',
    'Expected a process that goes on, got one that stops',
    {
      hint: 'Ask another one, or come again',
      retriable: true,
    },
  )
}
