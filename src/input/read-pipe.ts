// A pipe that has a name (mkfifo, the shell's `<(...)`), to be read to its end.
import { constants, open } from 'node:fs'
import { Socket } from 'node:net'
import { promisify } from 'node:util'
import { pathOfShown } from './file-name.ts'

const openFile = promisify(open)

/**
 * The bytes of a pipe. Waits for who writes to it outside of libuv's threads: in one of them an open that waits holds up
 * the end of the process, whatever signal comes.
 */
export async function openPipe(
  path: string,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const fd = await openFile(pathOfShown(path), constants.O_RDONLY | constants.O_NONBLOCK)
  return new Socket({ fd, readable: true, writable: false, signal })
}
