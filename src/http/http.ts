// One GET over HTTP: redirects followed, proxies of the environment honoured, every wait bounded. Failures
// become errors that say whether trying again may help.
import { Agent, EnvHttpProxyAgent, interceptors, request, type Dispatcher } from 'undici'
import { shownUrl } from '../domain/shown-url.ts'
import { ConfigError, TransportError } from '../errors.ts'
import { takeBody } from './body.ts'

export interface HttpOptions {
  /** Longest wait for a connection, for the head of an answer, and for its next bytes, milliseconds. */
  readonly timeoutMs: number
  /** Holds HTTP_PROXY, HTTPS_PROXY and NO_PROXY; default the process's. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

export interface HttpAnswer {
  readonly status: number
  /** By name in lower case; the first of several. */
  header(name: string): string | undefined
  /** To be read, or given up by `drop`. @throws as `get`, while it is read */
  readonly body: AsyncIterable<Uint8Array>
  /** Leaves the connection: cheaper than reading an archive to its end. */
  drop(): void
}

export interface Http {
  /**
   * Any status is an answer.
   * @throws DDNN_TRANSPORT_UNREACHABLE, retriable, when the host does not answer, or no longer.
   */
  get(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpAnswer>
  close(): Promise<void>
}

const maxRedirections = 5

export function createHttp(options: HttpOptions): Http {
  const { timeoutMs } = options
  const proxies = proxiesOf(options.env ?? process.env)
  const agent = createAgent(timeoutMs, proxies)
  const dispatcher = agent.compose(interceptors.redirect({ maxRedirections }))
  return {
    async get(url, headers, signal) {
      const way = proxies === undefined ? '' : ' through the proxy of the environment'
      const failed = (thrown: unknown) =>
        signal.aborted ? thrown : toError(`${url.host} to answer${way}`, thrown, timeoutMs)
      const answer = await request(withoutUser(url), {
        dispatcher,
        // An archive is wanted as it lies on the server; `fetch` would unpack one that is marked as gzip.
        headers: { 'accept-encoding': 'identity', ...authorizationOf(url), ...headers },
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
        signal,
      }).catch((thrown: unknown) => {
        throw failed(thrown)
      })
      const body = takeBody(answer.body)
      return {
        status: answer.statusCode,
        header(name) {
          const value = answer.headers[name]
          return Array.isArray(value) ? value[0] : value
        },
        body: orFailed(body, failed),
        drop() {
          answer.body.destroy()
        },
      }
    },
    close: () => agent.destroy(),
  }
}

interface Proxies {
  readonly httpProxy?: string
  readonly httpsProxy?: string
  readonly noProxy: string
}

/** Undefined where the environment names none; an empty variable counts as not set. */
function proxiesOf(env: Readonly<Record<string, string | undefined>>): Proxies | undefined {
  const first = (name: string) => env[name] || env[name.toUpperCase()] || undefined
  const httpProxy = first('http_proxy')
  const httpsProxy = first('https_proxy')
  if (httpProxy === undefined && httpsProxy === undefined) return undefined
  for (const [name, url] of Object.entries({ HTTP_PROXY: httpProxy, HTTPS_PROXY: httpsProxy })) {
    if (url !== undefined) assertProxy(name, url)
  }
  return {
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
    noProxy: first('no_proxy') ?? '',
  }
}

/** @throws DDNN_CONFIG_INVALID for what is no address of a proxy */
function assertProxy(name: string, url: string): void {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected ${name} to be http://host:port or https://host:port, got '${shownUrl(url)}'`,
    {
      hint: 'Set it to an HTTP proxy, or unset it; characters of a password that a URL has for itself are written as %40',
    },
  )
}

function createAgent(timeoutMs: number, proxies: Proxies | undefined): Dispatcher {
  const connect = { timeout: timeoutMs }
  return proxies === undefined
    ? new Agent({ connect })
    : new EnvHttpProxyAgent({ connect, ...proxies })
}

async function* orFailed(
  body: AsyncIterable<Uint8Array>,
  failed: (thrown: unknown) => unknown,
): AsyncIterable<Uint8Array> {
  try {
    yield* body
  } catch (thrown) {
    throw failed(thrown)
  }
}

function withoutUser(url: URL): URL {
  const bare = new URL(url)
  bare.username = ''
  bare.password = ''
  return bare
}

function authorizationOf(url: URL): Record<string, string> {
  if (url.username === '') return {}
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  return { authorization: `Basic ${Buffer.from(user).toString('base64')}` }
}

/** What went wrong, in the words of whoever waits for it. */
function toError(expected: string, thrown: unknown, timeoutMs: number): TransportError {
  if (thrown instanceof TransportError) return thrown
  const cause = thrown instanceof Error ? thrown : new Error(String(thrown))
  const given = (cause as { code?: unknown }).code
  const code = typeof given === 'string' ? given : ''
  const reason = describe(code, timeoutMs) ?? (cause.message || code || cause.name)
  return new TransportError('DDNN_TRANSPORT_UNREACHABLE', `Expected ${expected}, got ${reason}`, {
    // A certificate that is wrong will be wrong again.
    retriable: !/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(code),
    cause,
  })
}

function describe(code: string, timeoutMs: number): string | undefined {
  switch (code) {
    case 'UND_ERR_CONNECT_TIMEOUT':
      return `no connection within ${timeoutMs} ms`
    case 'UND_ERR_HEADERS_TIMEOUT':
      return `no answer within ${timeoutMs} ms`
    case 'UND_ERR_BODY_TIMEOUT':
      return `no bytes for ${timeoutMs} ms`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `no address of this name (${code})`
    case 'ECONNREFUSED':
      return 'no server there (ECONNREFUSED)'
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
    case 'ETIMEDOUT':
      return `no way to it (${code})`
    case 'UND_ERR_SOCKET':
    case 'ECONNRESET':
    case 'EPIPE':
      return `a connection that was cut (${code})`
    default:
      return undefined
  }
}
