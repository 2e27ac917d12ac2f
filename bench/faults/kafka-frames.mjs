// Kafka's length-prefixed frames as they pass by: tells each frame's head before its bytes go on, so that the
// proxy can follow one request and drop its answer. Bodies are never looked at, nor held.

export const produceKey = 0

/** Bytes of a frame needed for its head: length, then of a request key, version and correlation id. */
const headBytes = { request: 12, response: 8 }

/**
 * Splits a stream into the pieces of its frames. `onFrame({ apiKey, correlationId, bytes })` is called once a
 * frame, `apiKey` undefined for responses; a frame for which it gives false is left out.
 * @param {'request' | 'response'} kind
 * @returns {(chunk: Buffer) => Buffer[]} what goes on of each chunk
 */
export function createFrameFilter(kind, onFrame) {
  let held = Buffer.alloc(0)
  let left = 0
  let isKept = true
  return (chunk) => {
    const kept = []
    let rest = held.length > 0 ? Buffer.concat([held, chunk]) : chunk
    held = Buffer.alloc(0)
    while (rest.length > 0) {
      if (left === 0) {
        if (rest.length < headBytes[kind]) {
          held = rest
          break
        }
        const bytes = rest.readInt32BE(0) + 4
        const apiKey = kind === 'request' ? rest.readInt16BE(4) : undefined
        const correlationId = rest.readInt32BE(kind === 'request' ? 8 : 4)
        left = bytes
        isKept = onFrame({ apiKey, correlationId, bytes }) !== false
      }
      const piece = rest.subarray(0, left)
      if (isKept) kept.push(piece)
      left -= piece.length
      rest = rest.subarray(piece.length)
    }
    return kept
  }
}
