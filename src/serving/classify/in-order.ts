// Several pieces of work at once, told in the order in which they began.

interface InOrderOptions<Item, Result> {
  readonly items: AsyncIterable<Item>
  /** Most under way at once. */
  readonly limit: number
  /** Never rejects. */
  readonly work: (item: Item) => Promise<Result>
  /** One at a time. When it rejects nothing more is begun or told. */
  readonly tell: (result: Result) => Promise<void>
  /** Told at once when `tell` has rejected, so that what the items wait for ends. */
  readonly onFailure: () => void
}

/** Results that wait to be told, for each that may be under way: a slow one does not hold the others up. */
const heldPerPlace = 4

/**
 * Resolves when all is told. An item is asked for when there is a place for it, never before.
 * @throws what `tell` and the items throw.
 */
export async function inOrder<Item, Result>(options: InOrderOptions<Item, Result>): Promise<void> {
  const { limit, work, tell, onFailure } = options
  const items = options.items[Symbol.asyncIterator]()
  let running = 0
  let untold = 0
  let failure: { readonly thrown: unknown } | undefined
  let telling: Promise<unknown> = Promise.resolve()
  let onEnd = () => {}

  const begin = (item: Item) => {
    running++
    untold++
    const result = work(item).finally(() => {
      running--
      onEnd()
    })
    telling = telling
      .then(async () => {
        const value = await result
        if (failure === undefined) await tell(value)
      })
      .catch((thrown: unknown) => {
        failure ??= { thrown }
        onFailure()
      })
      .finally(() => {
        untold--
        onEnd()
      })
  }

  try {
    while (failure === undefined) {
      if (running >= limit || untold >= limit * heldPerPlace) {
        await new Promise<void>((end) => (onEnd = end))
        continue
      }
      const next = await items.next()
      if (next.done === true) break
      begin(next.value)
    }
  } finally {
    await telling
    await items.return?.()
  }
  if (failure !== undefined) throw failure.thrown
}
