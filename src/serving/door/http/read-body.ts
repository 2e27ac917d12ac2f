// The body of a request: refused by the length it says, counted while it comes, and unpacked up to the same
// limit. Nothing is set aside for bytes that have not come.
import type { IncomingMessage } from 'node:http'
import type { Readable, Transform } from 'node:stream'
import { createGunzip, createInflate } from 'node:zlib'
import { DoorError } from '../protocol.ts'
import type { Held } from './body-room.ts'

/** @throws DoorError 'too-large' for a length beyond the limit, 'invalid' for an encoding that is not known. */
export function checkBody({ headers }: IncomingMessage, maxBytes: number): void {
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes)
  const encoding = encodingOf(headers['content-encoding'])
  if (Object.hasOwn(unpackers, encoding)) return
  throw new DoorError(
    'invalid',
    'DDNN_FRAME_MALFORMED',
    `Expected Content-Encoding to be gzip, deflate or none, got '${encoding}'`,
  )
}

/**
 * All of it, unpacked. The bytes count as held until `held` is released.
 * @throws DoorError 'too-large', 'overloaded' where there is no room, 'invalid' for what does not unpack; what
 * the connection failed with when it ended before the body did.
 */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
  held: Held,
): Promise<Uint8Array> {
  const packed = await collect(request, maxBytes, held)
  const createUnpacker = unpackers[encodingOf(request.headers['content-encoding'])]
  if (createUnpacker === undefined) return packed
  const unpacker = createUnpacker()
  try {
    unpacker.end(packed)
    // Counted while it grows, as what comes over the network is.
    return await collect(unpacker, maxBytes, held)
  } catch (cause) {
    if (cause instanceof DoorError) throw cause
    throw new DoorError(
      'invalid',
      'DDNN_FRAME_MALFORMED',
      'Expected a body that unpacks as its Content-Encoding says, got another',
      { cause },
    )
  } finally {
    unpacker.destroy()
  }
}

const unpackers: Readonly<Record<string, (() => Transform) | undefined>> = {
  identity: undefined,
  gzip: createGunzip,
  deflate: createInflate,
}

function encodingOf(header: string | undefined): string {
  const encoding = header?.trim().toLowerCase() ?? ''
  if (encoding === 'x-gzip') return 'gzip'
  return encoding === '' ? 'identity' : encoding
}

async function collect(source: Readable, maxBytes: number, held: Held): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let length = 0
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      source.off('data', onData)
      reject(error)
    }
    const onData = (chunk: Buffer) => {
      length += chunk.byteLength
      try {
        if (length > maxBytes) throw tooLarge(maxBytes)
        held.grow(chunk.byteLength)
      } catch (thrown) {
        return fail(thrown as DoorError)
      }
      chunks.push(chunk)
    }
    source.on('data', onData)
    source.once('end', () =>
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length)),
    )
    source.once('error', fail)
    source.once('close', () => fail(new Error('the connection ended before the body did')))
  })
}

function tooLarge(maxBytes: number): DoorError {
  return new DoorError(
    'too-large',
    'DDNN_FRAME_TOO_LARGE',
    `Expected a body of at most ${maxBytes} bytes, got more`,
    {
      hint: 'Send fewer images a request, or image files in place of tensors; --http-max-body-bytes is the limit',
    },
  )
}
