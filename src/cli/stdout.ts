// stdout of a command that prints as it goes. A reader that leaves (`| head`) is no error: it has seen enough.
import { DdnnError } from '../errors.ts'

interface Stdout {
  /** Waits while the reader is slow. @throws DDNN_OUTPUT_FAILED where it cannot be written: a full disk. */
  write(text: string): Promise<void>
  /** Of what was written last, once it may have failed. @throws as `write` */
  assertWritten(): void
  /** Aborts when nobody reads any more, and when it cannot be written. */
  readonly closed: AbortSignal
}

/**
 * Takes the errors of a stream that others write to as well, which would end the process: a reader that leaves is
 * none, anything else is given to `take`.
 */
export function takeErrors(
  stream: NodeJS.WritableStream,
  take: (failure: DdnnError | undefined) => void,
): void {
  stream.on('error', (cause: NodeJS.ErrnoException) => {
    take(cause.code === 'EPIPE' ? undefined : lostOutput(cause))
  })
}

function lostOutput(cause: NodeJS.ErrnoException): DdnnError {
  const why = cause.code ?? cause.message
  return new DdnnError('DDNN_OUTPUT_FAILED', `stdout could not be written: ${why}`, { cause })
}

export function createStdout(stream: NodeJS.WriteStream): Stdout {
  const closed = new AbortController()
  let failure: DdnnError | undefined
  let onDrain = () => {}
  takeErrors(stream, (lost) => {
    failure ??= lost
    closed.abort()
    onDrain()
  })
  stream.on('drain', () => onDrain())
  const assertWritten = () => {
    if (failure !== undefined) throw failure
  }
  return {
    closed: closed.signal,
    async write(text) {
      assertWritten()
      if (closed.signal.aborted || stream.write(text)) return
      await new Promise<void>((resolve) => {
        onDrain = resolve
        if (closed.signal.aborted) resolve()
      })
      assertWritten()
    },
    assertWritten,
  }
}
