// SHA-256 of a file, read piece by piece.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'

/** Hex; `onBytes` gets the bytes read so far. Rejects when the signal aborts. */
export async function hashFile(
  path: string,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18, signal })) {
    const piece = chunk as Buffer
    hash.update(piece)
    bytes += piece.length
    onBytes(bytes)
  }
  return hash.digest('hex')
}
