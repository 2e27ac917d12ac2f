// A stream's bytes to its end, up to a limit.
import { DdnnError } from '../../../errors.ts'

/** @throws DDNN_INPUT_UNREADABLE when there are more. */
export async function readLimited(
  stream: AsyncIterable<Uint8Array | string>,
  maxBytes: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    length += bytes.length
    if (length > maxBytes) {
      throw new DdnnError(
        'DDNN_INPUT_UNREADABLE',
        `Expected an image of at most ${maxBytes} bytes, got more`,
      )
    }
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}
