// Raw frames out of a stream of bytes.

/** Whole frames of `bytes` each, every one in memory of its own; what is cut off at the end is left out. */
export async function* readFrames(
  stream: AsyncIterable<Uint8Array>,
  bytes: number,
): AsyncGenerator<Uint8Array> {
  let frame = new Uint8Array(bytes)
  let filled = 0
  for await (const chunk of stream) {
    let at = 0
    while (at < chunk.length) {
      const part = chunk.subarray(at, at + bytes - filled)
      frame.set(part, filled)
      filled += part.length
      at += part.length
      if (filled < bytes) continue
      yield frame
      frame = new Uint8Array(bytes)
      filled = 0
    }
  }
}

/**
 * The newest frame each time that one is asked for: a camera does not wait, and an old picture is of no use. Those
 * in between are told to `onDropped`.
 */
export async function* newestOf<T>(
  frames: AsyncIterable<T>,
  onDropped: () => void,
): AsyncGenerator<T> {
  let newest: { readonly frame: T } | undefined
  let end: { readonly thrown?: unknown } | undefined
  let wake = () => {}
  const reading = (async () => {
    for await (const frame of frames) {
      if (newest !== undefined) onDropped()
      newest = { frame }
      wake()
    }
  })().then(
    () => (end = {}),
    (thrown: unknown) => (end = { thrown }),
  )
  void reading.finally(() => wake())
  for (;;) {
    const found = newest as { readonly frame: T } | undefined
    newest = undefined
    if (found !== undefined) yield found.frame
    else if (end === undefined) await new Promise<void>((resolve) => (wake = resolve))
    else if ('thrown' in end) throw end.thrown
    else return
  }
}
