// The HTTP door: the Open Inference Protocol beside the health page, on its port. One request is checked before
// its body is read, and each ends in a response, or with its asker.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Access } from '../access.ts'
import type { DoorOptions } from '../door.ts'
import { findModel } from '../find-model.ts'
import type { Limit } from '../limit.ts'
import { modelMetadata, serverMetadata } from '../metadata.ts'
import { DoorError } from '../protocol.ts'
import { toDoorError } from '../refusal.ts'
import { createBodyRoom } from './body-room.ts'
import type { ModelPath } from './codec/asked.ts'
import { createInferRoute } from './infer-route.ts'
import { sendError, sendJson } from './respond.ts'
import { routeOf, type Route } from './route.ts'

export interface HttpDoor {
  /** Answers what is the door's; false for what is not. */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  /** Takes no more inference, and finishes what is under way until the signal aborts. Idempotent. */
  close(signal: AbortSignal): Promise<void>
}

/** Bodies of so many requests of the largest size may be under way. */
const largestAtOnce = 4
const leastRoomBytes = 256 * 1024 * 1024

export function createHttpDoor(options: DoorOptions, access: Access, limit: Limit): HttpDoor {
  const room = createBodyRoom(Math.max(leastRoomBytes, largestAtOnce * options.maxBodyBytes))
  const inference = createInferRoute({ options, access, limit, room })
  return {
    handle: (request, response) => {
      const [path = '', query = ''] = splitOnce(request.url ?? '/')
      const route = routeOf(path)
      if (route === undefined) return false
      if (route.kind === 'infer' && request.method === 'POST') {
        inference.answer(request, response, route.path, new URLSearchParams(query))
      } else {
        answerOther(options, route, request, response)
      }
      return true
    },
    close: (signal) => inference.close(signal),
  }
}

function splitOnce(url: string): readonly string[] {
  const at = url.indexOf('?')
  return at === -1 ? [url] : [url.slice(0, at), url.slice(at + 1)]
}

function answerOther(
  options: DoorOptions,
  route: Route,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  try {
    if (route.kind === 'unknown') throw unknownPath(request.url ?? '', options.modelName)
    const allowed = route.kind === 'infer' ? ['POST'] : ['GET', 'HEAD']
    if (!allowed.includes(request.method ?? '')) {
      const error = `Expected ${allowed.join(' or ')} at this path, got ${request.method}`
      sendJson(response, 405, { error }, { allow: allowed.join(', ') })
    } else if (route.kind === 'server') sendJson(response, 200, serverMetadata(options))
    else if (route.kind === 'ready') tellReady(options, route.path, response)
    else if (route.kind === 'model') {
      const { model, version } = route.path
      const found = findModel(options, model, version)
      sendJson(response, 200, modelMetadata(options.modelName, found))
    }
  } catch (thrown) {
    sendError(request, response, toDoorError(thrown))
  }
}

/** 200 while it can answer, 503 while it cannot; a model that is not there throws. */
function tellReady(
  options: DoorOptions,
  { model, version }: ModelPath,
  response: ServerResponse,
): void {
  const name = options.modelName
  try {
    findModel(options, model, version)
  } catch (thrown) {
    if (!(thrown instanceof DoorError) || thrown.refusal !== 'unavailable') throw thrown
  }
  const missing = options.backend.missing()
  const ready = missing.length === 0 && options.backend.model() !== undefined
  const headers: Record<string, string> = ready ? {} : { 'retry-after': '1' }
  sendJson(response, ready ? 200 : 503, { name, ready, missing }, headers)
}

function unknownPath(url: string, name: string): DoorError {
  return new DoorError(
    'not-found',
    'DDNN_FRAME_MALFORMED',
    `Expected a path of the Open Inference Protocol, got '${url.slice(0, 200)}'`,
    { hint: `Try /v2, /v2/models/${name}, /v2/models/${name}/ready or /v2/models/${name}/infer` },
  )
}
