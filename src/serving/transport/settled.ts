// Waiting with an end, for the closing of links.

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

/** Resolves when the promise settles or the time is over, whichever is first; never rejects. */
export async function settledWithin(promise: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs)
  })
  await Promise.race([promise.catch(() => undefined), timeout])
  clearTimeout(timer)
}
