// A body and what its headers say of it, as a request of the door. Pure.
import type { DoorModel } from '../../door.ts'
import { DoorError } from '../../protocol.ts'
import type { Asked, ModelPath } from './asked.ts'
import { readJson } from './read-json.ts'
import { readFile, readRaw } from './read-plain.ts'

export interface Received {
  readonly path: ModelPath
  readonly query: URLSearchParams
  /** Undefined where there is none. */
  readonly contentType: string | undefined
  /** `Inference-Header-Content-Length`: bytes of JSON, 0 for none; undefined where there is no such header. */
  readonly jsonLength: string | undefined
  /** Unpacked. */
  readonly body: Uint8Array
}

/**
 * Reads JSON, JSON with binary tensors, one raw tensor, or an image file as the body itself.
 * @param model what raw bytes are held against; undefined while it is not known.
 * @throws DoorError 'invalid' or DDNN_FRAME_* for what is none of them.
 */
export function readRequest(
  { path, query, contentType, jsonLength, body }: Received,
  model: DoorModel | undefined,
): Asked {
  if (jsonLength !== undefined) {
    const bytes = /^\d{1,15}$/.test(jsonLength) ? Number(jsonLength) : Number.NaN
    if (!(bytes <= body.length)) {
      throw invalid(
        `Expected Inference-Header-Content-Length to be at most the body's ${body.length} bytes, got '${jsonLength}'`,
      )
    }
    return bytes === 0 ? readRaw(path, body, query, model) : readJson(path, body, bytes)
  }
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? ''
  if (type.startsWith('multipart/')) {
    throw invalid(
      `Expected JSON or an image file as the body, got ${type}`,
      'With curl use --data-binary @FILE in place of --form',
    )
  }
  if (type.startsWith('image/') || type === 'application/octet-stream') {
    return readFile(path, body, query)
  }
  // curl says a form of whatever it sends, so the first byte decides.
  const isJson = /[/+]json$/.test(type) || firstOf(body) === openObject
  return isJson ? readJson(path, body, body.length) : readFile(path, body, query)
}

const openObject = 0x7b

/** First byte that is no white space. */
function firstOf(body: Uint8Array): number | undefined {
  return body.find((byte) => byte > 0x20)
}

function invalid(message: string, hint?: string): DoorError {
  return new DoorError('invalid', 'DDNN_FRAME_MALFORMED', message, { hint })
}
