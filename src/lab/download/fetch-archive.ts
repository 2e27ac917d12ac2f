// An archive from the web into a file: goes on from what an earlier run kept, tries again when the connection
// breaks, and starts anew where the server cannot go on or serves something else by now.
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel'
import { DdnnError, TransportError } from '../../errors.ts'
import type { DownloadHooks } from './download-hooks.ts'
import { createHttp, type Http, type HttpAnswer, type HttpOptions } from '../../http/http.ts'
import { openPartial, type Partial, type RemoteFacts } from './partial.ts'

interface FetchOptions extends HttpOptions {
  readonly url: URL
  /** As it may be shown. */
  readonly shown: string
  /** Name of the archive; it grows as FILE.partial. */
  readonly file: string
  /** Of the makers' archive; undefined where another one is asked for. */
  readonly expectedBytes: number | undefined
  /** How often it is tried again without a new byte. */
  readonly retries: number
  /** Wait before the first of them, doubled up to 16 times this, milliseconds; default 500. */
  readonly backoffMs?: number
}

/**
 * Resolves to the path of the whole archive, as far as its length tells. When it rejects, what was fetched is
 * kept.
 * @throws DDNN_TRANSPORT_UNREACHABLE, DDNN_TRANSPORT_REFUSED (404 and alike), DDNN_DOWNLOAD_DAMAGED (another
 * size than expected), DDNN_OUTPUT_FAILED, and the signal's reason.
 */
export async function fetchArchive(
  options: FetchOptions,
  hooks: DownloadHooks,
  signal: AbortSignal,
): Promise<string> {
  const http = createHttp(options)
  const partial = await openPartial(options.file, options.url)
  const policy = createRetryPolicy(options, hooks)
  let furthest = -1
  try {
    for (;;) {
      furthest = Math.max(furthest, partial.bytes)
      const before = furthest
      const attempt = async () => {
        signal.throwIfAborted()
        try {
          await fetchRest(http, partial, options, hooks, signal)
        } finally {
          furthest = Math.max(furthest, partial.bytes)
        }
      }
      try {
        await orAborted(policy.execute(attempt), signal)
        return partial.file
      } catch (thrown) {
        // As long as bytes come, a bad line is a slow line.
        const isMoving = isRetriable(thrown) && furthest > before && options.retries > 0
        if (!isMoving || signal.aborted) throw describeFailure(thrown, options, partial.bytes)
      }
    }
  } finally {
    await partial.close()
    await http.close()
  }
}

function createRetryPolicy(options: FetchOptions, hooks: DownloadHooks) {
  const initialDelay = options.backoffMs ?? 500
  const policy = retry(handleWhen(isRetriable), {
    maxAttempts: options.retries,
    backoff: new ExponentialBackoff({ initialDelay, maxDelay: 16 * initialDelay }),
  })
  policy.onRetry((event) => {
    const why = 'error' in event ? event.error.message : 'no answer'
    hooks.onNotice(`${why}; trying again in ${(event.delay / 1000).toFixed(1)} s`)
  })
  return policy
}

/** One request: the rest of the archive where that fits, else all of it. */
async function fetchRest(
  http: Http,
  partial: Partial,
  options: FetchOptions,
  hooks: DownloadHooks,
  signal: AbortSignal,
): Promise<void> {
  const held = partial.bytes
  if (held > 0 && held === partial.totalBytes) return
  // Without a validator nothing says that the rest would be of the same file.
  const validator = held > 0 ? partial.validator : undefined
  const range: Record<string, string> =
    validator === undefined ? {} : { range: `bytes=${held}-`, 'if-range': validator }
  const answer = await http.get(options.url, range, signal)
  if (validator !== undefined && answer.status === 206 && isRestOf(answer, partial)) {
    hooks.onNotice(`going on after ${megabytes(held)} that are there already`)
  } else if (answer.status === 200) {
    if (held > 0) hooks.onNotice(startsAnew)
    const facts = factsOf(answer)
    if (!hasExpectedSize(facts, options)) {
      answer.drop()
      throw wrongSize(facts, options)
    }
    await partial.begin(facts)
  } else {
    answer.drop()
    const isOtherRange = answer.status === 206 || answer.status === 416
    if (validator === undefined || !isOtherRange) throw refused(answer.status, options)
    hooks.onNotice(startsAnew)
    await partial.begin({ validator: undefined, totalBytes: undefined })
    // Nothing is held any more, so this asks for all of it.
    return fetchRest(http, partial, options, hooks, signal)
  }
  hooks.onProgress('fetch', partial.bytes, partial.totalBytes)
  for await (const chunk of answer.body) {
    await partial.append(chunk)
    hooks.onProgress('fetch', partial.bytes, partial.totalBytes)
  }
  if (partial.totalBytes !== undefined && partial.bytes < partial.totalBytes) {
    throw new TransportError(
      'DDNN_TRANSPORT_UNREACHABLE',
      `Expected ${partial.totalBytes} bytes of ${options.url.host}, got ${partial.bytes}`,
      { retriable: true },
    )
  }
}

const startsAnew = 'starting anew: the server cannot go on, or its file is another one by now'

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`

/** Whether a 206 is what follows the bytes that are held. */
function isRestOf(answer: HttpAnswer, partial: Partial): boolean {
  const match = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(answer.header('content-range') ?? '')
  if (match === null || Number(match[1]) !== partial.bytes) return false
  const isSameSize = match[2] === '*' || Number(match[2]) === partial.totalBytes
  const { validator } = factsOf(answer)
  return isSameSize && (validator === undefined || validator === partial.validator)
}

function factsOf(answer: HttpAnswer): RemoteFacts {
  const etag = answer.header('etag')
  const length = Number(answer.header('content-length') ?? Number.NaN)
  return {
    // A weak ETag does not promise the same bytes (RFC 9110, 13.1.5).
    validator: etag?.startsWith('"') === true ? etag : answer.header('last-modified'),
    totalBytes: Number.isSafeInteger(length) ? length : undefined,
  }
}

function hasExpectedSize({ totalBytes }: RemoteFacts, { expectedBytes }: FetchOptions): boolean {
  return expectedBytes === undefined || totalBytes === undefined || totalBytes === expectedBytes
}

function wrongSize({ totalBytes }: RemoteFacts, { expectedBytes, shown }: FetchOptions): DdnnError {
  return new DdnnError(
    'DDNN_DOWNLOAD_DAMAGED',
    `Expected ${expectedBytes} bytes at ${shown}, got ${totalBytes}`,
    {
      hint: 'Something else is served there: pass --mirror with another address or a file, or --sha256 with the checksum of this one',
    },
  )
}

const passing = new Set([408, 425, 429, 500, 502, 503, 504])

function refused(status: number, { shown }: FetchOptions): TransportError {
  const got = status >= 300 && status < 400 ? `too many redirects (${status})` : `status ${status}`
  return new TransportError(
    'DDNN_TRANSPORT_REFUSED',
    `Expected the archive at ${shown}, got ${got}`,
    { retriable: passing.has(status) },
  )
}

function isRetriable(thrown: unknown): boolean {
  return thrown instanceof DdnnError && thrown.retriable
}

/** The last failure, with what was tried and what is left to do. */
function describeFailure(thrown: unknown, options: FetchOptions, bytes: number): unknown {
  if (!(thrown instanceof TransportError)) return thrown
  const tries = thrown.retriable ? options.retries + 1 : 1
  const tried = `tried ${options.shown} ${tries === 1 ? 'once' : `${tries} times`}`
  const kept =
    bytes > 0 ? `${megabytes(bytes)} are kept: the same command goes on. Or pass` : 'Pass'
  return new TransportError(thrown.code, `${thrown.message} (${tried})`, {
    hint: `${kept} --mirror with an address, or with the archive as a file that came another way`,
    retriable: thrown.retriable,
    cause: thrown,
  })
}

/** The policy sleeps through signals. */
async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const stopped = new AbortController()
  const aborted = new Promise<never>((_, reject) => {
    const onAbort = () => reject(signal.reason as Error)
    signal.addEventListener('abort', onAbort, { once: true, signal: stopped.signal })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    stopped.abort()
  }
}
