// One question over HTTP to a door: bounded in time, asked again when the door is full, failures as errors that say what
// to do.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { z } from 'zod'
import { ConfigError, DdnnError, ReplyError, TransportError } from '../../../errors.ts'

export interface HttpOptions {
  /** http or https; its path stands before /v2. */
  readonly url: URL
  /** Its first line is the bearer token. */
  readonly tokenFile: string | undefined
  /** PEM file of who signed the certificate, or of the certificate itself. */
  readonly caFile: string | undefined
  /** For one answer, milliseconds. */
  readonly timeoutMs: number
}

interface Http {
  /** @throws DDNN_TRANSPORT_UNREACHABLE, DDNN_REPLY_* with what the door says. */
  call(path: string, signal: AbortSignal, question?: Question): Promise<unknown>
  close(): Promise<void>
}

interface Question {
  readonly body: Uint8Array
  readonly headers: Readonly<Record<string, string>>
}

/** Nothing is asked yet. @throws DDNN_CONFIG_INVALID for files that cannot be read */
export function createHttp({ url, caFile, tokenFile, timeoutMs }: HttpOptions): Http {
  const ca = caFile === undefined ? undefined : readText(caFile, '--ca-file')
  const token = tokenFile === undefined ? undefined : firstLine(readText(tokenFile, '--token-file'))
  const connect = { timeout: timeoutMs, ...(ca === undefined ? {} : { ca }) }
  const agent = new Agent({ connect, headersTimeout: 0, bodyTimeout: 0 })
  // Some type the path that they know of other clients.
  const base = url.pathname.replace(/(?:\/v2)?\/*$/, '')
  const call = async (path: string, signal: AbortSignal, question?: Question): Promise<unknown> => {
    const late = AbortSignal.timeout(timeoutMs)
    const ends = AbortSignal.any([signal, late])
    try {
      for (;;) {
        const answer = await request(new URL(base + path, url.origin), {
          dispatcher: agent,
          method: question === undefined ? 'GET' : 'POST',
          body: question?.body ?? null,
          headers: {
            ...question?.headers,
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          },
          signal: ends,
        })
        const text = await answer.body.text()
        if (answer.statusCode === 200) return JSON.parse(text) as unknown
        const again = retryAfterMs(answer.statusCode, answer.headers['retry-after'])
        if (again === undefined) throw refused(answer.statusCode, text, url)
        await sleep(again, undefined, { signal: ends })
      }
    } catch (thrown) {
      throw late.aborted ? tooLate(url, timeoutMs, thrown) : toError(url, thrown)
    }
  }
  return { call, close: () => agent.destroy() }
}

/** Undefined where the same question would get the same answer. */
function retryAfterMs(
  status: number,
  header: string | readonly string[] | undefined,
): number | undefined {
  if (status !== 429 && status !== 503) return undefined
  const seconds = Number(header)
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : 1000
}

function refused(status: number, text: string, url: URL): DdnnError {
  const parsed = z.object({ error: z.string() }).safeParse(tryParse(text))
  const reason = parsed.success ? parsed.data.error : `status ${status}`
  return new ReplyError('DDNN_REPLY_FAILED', `Expected an answer of ${url.origin}, got ${reason}`, {
    hint:
      status === 401
        ? 'Pass --token-file FILE with a token of its --http-token-file'
        : status === 404
          ? 'Pass --model-name as the door calls its model'
          : undefined,
  })
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function tooLate(url: URL, timeoutMs: number, cause: unknown): DdnnError {
  return new ReplyError(
    'DDNN_REPLY_TIMEOUT',
    `Expected an answer of ${url.origin} within ${timeoutMs} ms, got none`,
    { retriable: true, cause },
  )
}

function toError(url: URL, thrown: unknown): unknown {
  if (thrown instanceof DdnnError || !(thrown instanceof Error)) return thrown
  if (thrown.name === 'AbortError') return thrown
  if (thrown instanceof SyntaxError) {
    return new ReplyError(
      'DDNN_REPLY_FAILED',
      `Expected JSON of ${url.origin}, got something else`,
      {
        hint: 'Pass the address of a process with --http-port to --url',
        cause: thrown,
      },
    )
  }
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : thrown.message
  const isNobody = [
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
  ].includes(code)
  const isUntrusted = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)
  return new TransportError(
    'DDNN_TRANSPORT_UNREACHABLE',
    `Expected ${url.origin} to answer, got ${code || thrown.name}`,
    {
      hint: isUntrusted
        ? 'Pass --ca-file FILE, the certificate of the authority that signed it'
        : isNobody
          ? 'Pass the address of a process that runs with --http-port to --url'
          : undefined,
      cause: thrown,
    },
  )
}

function readText(file: string, flag: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unreadable'
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected ${flag} to be a file that can be read, got '${file}' (${code})`,
      { cause },
    )
  }
}

/** As the door reads its own file: blank lines and comments are passed over. */
function firstLine(text: string): string | undefined {
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  return lines.find((line) => line !== '' && !line.startsWith('#'))
}
