// All images of all sources: read, asked and told in order. One that fails is told like any other.
import { toLabel } from '../../domain/labels.ts'
import { DdnnError, toDdnnError } from '../../errors.ts'
import type {
  Asker,
  Classified,
  FoundImage,
  ImageSource,
  Picture,
  SourceContext,
} from './classify.ts'
import { inOrder } from './in-order.ts'

export interface AskAllOptions {
  readonly sources: readonly ImageSource[]
  readonly asker: Asker
  readonly decode: SourceContext['decode']
  readonly maxInFlight: number
  /** How long those under way may take to finish once the run is to stop, milliseconds. */
  readonly graceMs: number
  /** A small image of it as a data URI; undefined where none is wanted. */
  readonly thumbnail: (picture: Picture) => Promise<string | undefined>
  /** One at a time, in the order of the sources. */
  readonly tell: (outcome: Classified) => Promise<void>
}

interface AskedAll {
  /** Whether the signal left images unanswered. */
  readonly isCutOff: boolean
}

/** @throws what `tell` throws, and sources that cannot go on. */
export async function askAll(options: AskAllOptions, signal: AbortSignal): Promise<AskedAll> {
  const giveUp = new AbortController()
  const stop = new AbortController()
  const ends = AbortSignal.any([signal, stop.signal])
  let timer: NodeJS.Timeout | undefined
  const onStop = () => {
    timer = setTimeout(() => giveUp.abort(), options.graceMs)
  }
  if (ends.aborted) onStop()
  else ends.addEventListener('abort', onStop, { once: true })
  let isWhole = false
  let left = 0
  async function* all(): AsyncGenerator<FoundImage> {
    const { height, width } = options.asker
    const context = { height, width, decode: options.decode, signal: ends }
    for (const source of options.sources) {
      if (ends.aborted) return
      yield* source.images(context)
    }
    isWhole = !ends.aborted
  }
  try {
    await inOrder({
      items: untilAborted(all(), ends),
      limit: options.maxInFlight,
      work: (image) => askOne(options, image, { ends, giveUp: giveUp.signal }),
      tell: async (outcome) => {
        if (outcome === 'left') left++
        else if (outcome !== undefined) await options.tell(outcome)
      },
      onFailure: () => {
        stop.abort()
        giveUp.abort()
      },
    })
  } finally {
    clearTimeout(timer)
    ends.removeEventListener('abort', onStop)
  }
  return { isCutOff: !isWhole || left > 0 }
}

/** Who stopped a run does not wait for folders that it had not come to, milliseconds. */
const countMs = 1000

/** Images of all sources; undefined where one of them cannot tell, or takes longer than the signal lets it. */
export async function countImages(
  sources: readonly ImageSource[],
  signal = AbortSignal.timeout(countMs),
): Promise<number | undefined> {
  const late = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  let total = 0
  for (const source of sources) {
    const counted = source.count?.(signal).catch(() => undefined)
    const count = await Promise.race([counted, late])
    if (count === undefined) return undefined
    total += count
  }
  return total
}

/** A source ends by itself at its signal; what it finds meanwhile is not begun. */
async function* untilAborted<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  for await (const item of items) {
    if (signal.aborted) return
    yield item
  }
}

/** Undefined where there is nothing to tell; 'left' where the end came before the answer. */
async function askOne(
  { asker, thumbnail }: AskAllOptions,
  image: FoundImage,
  { ends, giveUp }: { readonly ends: AbortSignal; readonly giveUp: AbortSignal },
): Promise<Classified | 'left' | undefined> {
  const { name, folder } = image
  try {
    const picture = await image.read()
    if (picture === undefined) return undefined
    const startedAt = performance.now()
    const verdict = await asker.ask(picture.pixels, giveUp)
    const ms = performance.now() - startedAt
    const label = folder === undefined ? undefined : toLabel(folder)
    const truth = asker.labels?.find((known) => toLabel(known) === label)
    const small = await thumbnail(picture).catch(() => undefined)
    return { name, truth, verdict, ms, thumbnail: small }
  } catch (thrown) {
    image.failed?.()
    if (giveUp.aborted || isEnd(thrown, ends)) return 'left'
    return { name, error: errorOf(thrown) }
  }
}

/** Whether it was thrown for the signal's sake: some throw an AbortError, some the signal's reason as it is. */
function isEnd(thrown: unknown, { aborted, reason }: AbortSignal): boolean {
  if (!aborted) return false
  if (thrown === reason) return true
  return thrown instanceof Error && (thrown.name === 'AbortError' || thrown.cause === reason)
}

/** What a file system says is the image's own trouble, no fault of ours. */
function errorOf(thrown: unknown): DdnnError {
  if (thrown instanceof Error && 'syscall' in thrown) {
    const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : thrown.message
    return new DdnnError('DDNN_INPUT_UNREADABLE', `Expected a file that can be read, got ${code}`, {
      cause: thrown,
    })
  }
  return toDdnnError(thrown)
}
