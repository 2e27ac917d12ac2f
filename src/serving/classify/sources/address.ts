// An image at an http or https address: redirects, time and size are bounded, and a page in its place is said so.
import { shownUrl } from '../../../domain/shown-url.ts'
import { createHttp, type HttpAnswer } from '../../../http/http.ts'
import { DdnnError } from '../../../errors.ts'
import type { ImageSource } from '../classify.ts'
import { readLimited } from './read-limited.ts'

export interface AddressOptions {
  /** For the whole image, milliseconds. */
  readonly timeoutMs: number
  readonly maxBytes?: number
}

const defaultMaxBytes = 64 * 1024 * 1024

/** Shown without user, password and query, which may be secrets. */
export function addressSource(url: URL, options: AddressOptions): ImageSource {
  const name = shownUrl(url)
  return {
    count: () => Promise.resolve(1),
    // eslint-disable-next-line @typescript-eslint/require-await -- the seam is asynchronous
    async *images({ decode, signal }) {
      yield {
        name,
        read: async () => {
          const file = await fetchImage(url, options, signal)
          return { pixels: await decode(file), file }
        },
      }
    },
  }
}

async function fetchImage(
  url: URL,
  { timeoutMs, maxBytes = defaultMaxBytes }: AddressOptions,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const http = createHttp({ timeoutMs })
  const late = AbortSignal.timeout(timeoutMs)
  try {
    const answer = await http.get(
      url,
      { accept: 'image/*,*/*;q=0.5' },
      AbortSignal.any([signal, late]),
    )
    try {
      assertImage(answer, maxBytes)
      const bytes = await readLimited(answer.body, maxBytes)
      if (isPage(bytes)) throw pageError()
      return bytes
    } finally {
      answer.drop()
    }
  } catch (thrown) {
    if (!late.aborted || thrown instanceof DdnnError) throw thrown
    throw unreadable(`Expected the whole image within ${timeoutMs} ms, got no end`, {
      hint: 'Pass a larger --timeout-ms',
    })
  } finally {
    await http.close()
  }
}

function assertImage(answer: HttpAnswer, maxBytes: number): void {
  const { status } = answer
  if (status < 200 || status > 299) throw unreadable(`Expected an image, got status ${status}`)
  const length = Number(answer.header('content-length') ?? 0)
  if (length > maxBytes) {
    throw unreadable(`Expected an image of at most ${maxBytes} bytes, got ${length}`)
  }
  if (/^text\/html\b/i.test(answer.header('content-type') ?? '')) throw pageError()
}

/** Servers name pages anything. */
function isPage(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.subarray(0, 200)).toString('latin1')
  return /^\s*<(!doctype\s+html|html)\b/i.test(start)
}

function pageError(): DdnnError {
  return unreadable('Expected an image, got an HTML page', {
    hint: 'Pass the address of the picture itself, not of the page that shows it',
  })
}

function unreadable(message: string, options: { hint?: string } = {}): DdnnError {
  return new DdnnError('DDNN_INPUT_UNREADABLE', message, options)
}
