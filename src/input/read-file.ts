// A file as bytes, for inputs that read thousands of them. By the functions of `fs` that take callbacks: those
// of `fs/promises` took 0.11 ms of CPU a photo, and 0.15 ms with a `stat` before, these take 0.07 ms.
import { close, fstat, open, read } from 'node:fs'
import { promisify } from 'node:util'
import { DdnnError } from '../errors.ts'
import { pathOfShown } from './file-name.ts'

const openFile = promisify(open)
const statFile = promisify(fstat)
const readBytes = promisify(read)
const closeFile = promisify(close)

/**
 * The whole file at a path as `listFolder` names it, as long as it is when it is opened.
 * @throws DDNN_INPUT_UNREADABLE when it is longer than `maxBytes`; what the file system says, else.
 */
export async function readWhole(path: string, maxBytes: number): Promise<Uint8Array> {
  const file = await openFile(pathOfShown(path), 'r')
  try {
    const { size } = await statFile(file)
    if (size > maxBytes) {
      throw new DdnnError(
        'DDNN_INPUT_UNREADABLE',
        `Expected a file of at most ${maxBytes} bytes, got ${size}`,
      )
    }
    const bytes = Buffer.allocUnsafe(size)
    let length = 0
    while (length < size) {
      const { bytesRead } = await readBytes(file, bytes, length, size - length, length)
      if (bytesRead === 0) break
      length += bytesRead
    }
    return bytes.subarray(0, length)
  } finally {
    await closeFile(file)
  }
}
