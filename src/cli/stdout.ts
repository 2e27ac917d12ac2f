// stdout of a command that prints as it goes. A reader that leaves (`| head`) is no error: it has seen enough.

export interface Stdout {
  /** Waits while the reader is slow. */
  write(text: string): Promise<void>
  /** Aborts when nobody reads any more. */
  readonly closed: AbortSignal
}

export function createStdout(stream: NodeJS.WriteStream): Stdout {
  const closed = new AbortController()
  let onDrain = () => {}
  stream.on('error', () => {
    closed.abort()
    onDrain()
  })
  stream.on('drain', () => onDrain())
  return {
    closed: closed.signal,
    async write(text) {
      if (closed.signal.aborted || stream.write(text)) return
      await new Promise<void>((resolve) => {
        onDrain = resolve
        if (closed.signal.aborted) resolve()
      })
    },
  }
}
