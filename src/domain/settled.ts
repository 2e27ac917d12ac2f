// Waiting with an end, for what must not hold up others: the closing of links, of traces, an engine's answer to a scrape.

/** Resolves when all have settled, however they did, or when the signal aborts; never rejects. */
export async function settledOrAborted(
  running: readonly Promise<unknown>[],
  signal?: AbortSignal,
): Promise<void> {
  const settled = Promise.allSettled(running)
  if (signal === undefined) {
    await settled
    return
  }
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    const onAbort = () => resolve()
    signal.addEventListener('abort', onAbort, { once: true })
    void settled.then(() => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    })
  })
}

/**
 * What the promise gives, undefined where the time is over first or it rejects; never rejects. Nothing is left behind
 * that keeps the process.
 */
export async function settledWithin<T>(
  promise: Promise<T>,
  timeoutMs: number,
): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, undefined)
  })
  try {
    return await Promise.race([promise.catch(() => undefined), timeout])
  } finally {
    clearTimeout(timer)
  }
}
