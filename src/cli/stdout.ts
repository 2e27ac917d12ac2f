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

export function createStdout(stream: NodeJS.WriteStream): Stdout {
  const closed = new AbortController()
  let failure: DdnnError | undefined
  let onDrain = () => {}
  stream.on('error', (cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EPIPE') {
      const why = cause.code ?? cause.message
      failure ??= new DdnnError('DDNN_OUTPUT_FAILED', `stdout could not be written: ${why}`, {
        cause,
      })
    }
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
