// The HTTP door on the port of a health page, as a process has it, over a backend of the test's own.
import { after } from 'node:test'
import { createAccess, type AccessOptions } from '../../../../src/serving/door/access.ts'
import { createHttpDoor, type HttpDoor } from '../../../../src/serving/door/http/http-door.ts'
import { createLimit } from '../../../../src/serving/door/limit.ts'
import { serveHealth, type HealthOptions } from '../../../../src/telemetry/health.ts'
import { madeOptions, type AskedImage, type MadeOptions } from '../made-options.ts'

export interface MadeDoorOptions extends MadeOptions {
  readonly access?: Partial<AccessOptions>
  readonly tls?: HealthOptions['tls']
  readonly requestTimeoutMs?: number
}

export interface MadeDoor {
  readonly url: string
  readonly port: number
  readonly door: HttpDoor
  readonly asked: readonly AskedImage[]
  /** All metrics, as a scrape has them. */
  readonly metrics: () => Promise<string>
}

/** Listens on a free port of this machine until the test file is over. */
export async function openDoor(made: MadeDoorOptions = {}): Promise<MadeDoor> {
  const { access, tls, requestTimeoutMs, ...rest } = made
  const { options, asked } = madeOptions(rest)
  const allowed = createAccess({ tokenFile: undefined, isOpen: false, ...access })
  const door = createHttpDoor(options, allowed, createLimit(options.maxInFlight))
  const { metrics } = options
  const health = await serveHealth({
    ...{ host: '127.0.0.1', port: 0, metrics, tls, requestTimeoutMs },
    missing: options.backend.missing,
    loading: () => [],
    door: (request, response) => door.handle(request, response),
  })
  after(() => health.close())
  const scheme = tls === undefined ? 'http' : 'https'
  return {
    url: `${scheme}://127.0.0.1:${health.port}`,
    port: health.port,
    door,
    asked,
    metrics: () => metrics.text(),
  }
}

export const inferPath = '/v2/models/ddnn/infer'

export interface Told {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Of JSON; undefined where it is none. */
  readonly json: Readonly<Record<string, unknown>> | undefined
}

export async function tell(asking: Promise<Response>): Promise<Told> {
  const response = await asking
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, json: toJson(text) }
}

function toJson(text: string): Told['json'] {
  try {
    return JSON.parse(text) as Told['json']
  } catch {
    return undefined
  }
}

/** JSON of one image of the made-up model. */
export function jsonRequest(change: object = {}): string {
  const data = Array.from({ length: 18 }, (_, i) => i)
  const input = { name: 'image', datatype: 'UINT8', shape: [1, 2, 3, 3], data }
  return JSON.stringify({ inputs: [input], ...change })
}
