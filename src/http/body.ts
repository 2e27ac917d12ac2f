// The bytes of an answer as they come. A stream that breaks throws away what it still holds; these bytes have
// come and are worth keeping, so they are taken out of it at once and given before its error.
import type { Readable } from 'node:stream'

/** What may wait for a slow disk; beyond it the connection is paused. */
const maxWaitingBytes = 4 << 20

/** Starts to take bytes now. To be read once; throws the stream's error behind the last byte. */
export function takeBody(body: Readable): AsyncIterable<Uint8Array> {
  const waiting: Uint8Array[] = []
  let waitingBytes = 0
  let end: { readonly error: Error | undefined } | undefined
  let wake: () => void = () => undefined
  body.on('data', (chunk: Uint8Array) => {
    waiting.push(chunk)
    waitingBytes += chunk.length
    if (waitingBytes > maxWaitingBytes) body.pause()
    wake()
  })
  const finish = (error: Error | undefined) => {
    end ??= { error }
    wake()
  }
  body.on('end', () => finish(undefined))
  body.on('error', finish)
  body.on('close', () => finish(new Error('closed before its end')))
  return (async function* () {
    for (;;) {
      const chunk = waiting.shift()
      if (chunk !== undefined) {
        waitingBytes -= chunk.length
        if (waitingBytes <= maxWaitingBytes / 2) body.resume()
        yield chunk
      } else if (end === undefined) {
        await new Promise<void>((resolve) => (wake = resolve))
      } else if (end.error === undefined) {
        return
      } else {
        throw end.error
      }
    }
  })()
}
