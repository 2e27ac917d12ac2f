// Asks over HTTP: the door of another process, by the Open Inference Protocol (docs/http.md). The model's metadata
// tell size and labels; pixels travel by the binary extension, answers come as JSON.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { z } from 'zod'
import type { Uint8Tensor } from '../../domain/tensor.ts'
import { ConfigError, DdnnError, ReplyError, TransportError } from '../../errors.ts'
import type { Asker } from '../classify.ts'
import { readAnswer, readMetadata, writeQuestion } from './http-forms.ts'

export interface HttpAskerOptions {
  /** http or https; its path stands before /v2. */
  readonly url: URL
  readonly modelName: string
  /** Its first line is the bearer token. */
  readonly tokenFile: string | undefined
  /** PEM file of who signed the certificate, or of the certificate itself. */
  readonly caFile: string | undefined
  readonly threshold: number | undefined
  /** For one image, milliseconds. */
  readonly timeoutMs: number
  /** Whether the door is told of the time: it refuses more than it allows itself. */
  readonly isBudgetTold: boolean
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

/**
 * Asks the door who it is.
 * @throws DDNN_TRANSPORT_UNREACHABLE, DDNN_REPLY_FAILED, DDNN_CONFIG_INVALID where it takes no images
 */
export async function openHttpAsker(
  options: HttpAskerOptions,
  signal: AbortSignal,
): Promise<Asker> {
  const { modelName, threshold, timeoutMs, isBudgetTold } = options
  const http = createHttp(options)
  const path = `/v2/models/${encodeURIComponent(modelName)}`
  try {
    const { height, width, labels, input } = readMetadata(await http.call(path, signal))
    const parameters = {
      ...(threshold === undefined ? {} : { threshold }),
      ...(isBudgetTold ? { budget_ms: timeoutMs } : {}),
    }
    return {
      height,
      width,
      labels,
      async ask(pixels: Uint8Tensor, ask) {
        const question = writeQuestion(input, pixels, parameters)
        return readAnswer(await http.call(`${path}/infer`, ask, question), labels)
      },
      close: () => http.close(),
    }
  } catch (thrown) {
    await http.close()
    throw thrown
  }
}

function createHttp({ url, caFile, tokenFile, timeoutMs }: HttpAskerOptions): Http {
  const ca = caFile === undefined ? undefined : readText(caFile, '--ca-file')
  const token = tokenFile === undefined ? undefined : firstLine(readText(tokenFile, '--token-file'))
  const connect = { timeout: timeoutMs, ...(ca === undefined ? {} : { ca }) }
  const agent = new Agent({ connect, headersTimeout: 0, bodyTimeout: 0 })
  const base = url.pathname.replace(/\/+$/, '')
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
  const isUntrusted = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)
  return new TransportError(
    'DDNN_TRANSPORT_UNREACHABLE',
    `Expected ${url.origin} to answer, got ${code || thrown.name}`,
    {
      hint: isUntrusted ? 'Pass --ca-file FILE, the certificate of who signed it' : undefined,
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
