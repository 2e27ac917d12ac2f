// `ddnn health`: asks a process of this machine how it is, for a container's health check or an exec
// probe. One line on stdout, exit code 0 or 1. Imports nothing heavy: it runs every few seconds.
import { get as getPlain } from 'node:http'
import { get as getSecure } from 'node:https'
import { hostInUrl } from '../domain/host-address.ts'
import { jsonText } from '../domain/json-text.ts'
import { visibleLines } from '../domain/visible.ts'
import type { CommandResult } from './command-result.ts'
import type { Probe } from './flags/health.ts'
import { createSay } from './json-output.ts'
import type { HealthDocument } from './json/health.ts'
import { assertNoProblems, type CommandLine } from './parse.ts'

const paths: Readonly<Record<Probe, string>> = {
  live: '/v2/health/live',
  startup: '/startupz',
  ready: '/v2/health/ready',
}

/** More than any answer of ours; another server's page is not read to its end. */
const mostBytes = 64 * 1024

interface Answer {
  readonly isWell: boolean
  readonly says: string
  /** What it told that it waits for, one sentence each. */
  readonly missing?: readonly string[]
}

/** @throws DDNN_CONFIG_INVALID when no port is given. */
export async function health(
  line: CommandLine<'health'>,
  signal: AbortSignal,
): Promise<CommandResult> {
  const { values } = line
  const port = values.number('http-port')
  assertNoProblems(line.problems, line.command)
  const probe = values.string('probe')
  const timeoutMs = values.number('timeout-ms')
  const scheme = values.isGiven('http-tls-cert') ? 'https' : 'http'
  const url = `${scheme}://${hostInUrl(values.string('http-host'))}:${port}${paths[probe]}`
  const { isWell, says, missing = [] } = await ask(url, probe, timeoutMs, signal)
  createSay(values)(`${visibleLines(says)}\n`)
  const document: HealthDocument = { probe, url, ok: isWell, says, missing: [...missing] }
  return { failures: isWell ? 0 : 1, json: jsonText(document) }
}

async function ask(
  url: string,
  probe: Probe,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Answer> {
  const late = AbortSignal.timeout(timeoutMs)
  try {
    const { status, body } = await fetchText(url, AbortSignal.any([signal, late]))
    return read(url, probe, status, body)
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException
    const why = late.aborted ? `no answer within ${timeoutMs} ms` : (code ?? message)
    return { isWell: false, says: `not ${probe}: ${url}: ${why}` }
  }
}

function fetchText(url: string, signal: AbortSignal): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const get = url.startsWith('https:') ? getSecure : getPlain
    // Of this machine, and asked for no more than how it is: its certificate may name another host.
    const options = { agent: false, signal, rejectUnauthorized: false } as const
    const request = get(url, options, (response) => {
      let body = ''
      const end = () => resolve({ status: response.statusCode ?? 0, body })
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text
        if (body.length > mostBytes) request.destroy(new Error(`more than ${mostBytes} bytes`))
      })
      response.on('end', end).on('error', reject)
    })
    request.on('error', reject)
  })
}

function read(url: string, probe: Probe, status: number, body: string): Answer {
  const missing = missingOf(body)
  if (missing === undefined) {
    return {
      isWell: false,
      says: `not ${probe}: ${url} is no health page of ddnn (HTTP ${status})`,
    }
  }
  if (status === 200) return { isWell: true, says: probe }
  return { isWell: false, says: `not ${probe}: ${missing.join('; ')}`, missing }
}

/** What our own JSON lists as missing; undefined for what is none of ours. */
function missingOf(body: string): readonly string[] | undefined {
  try {
    const { missing } = JSON.parse(body) as { missing?: unknown }
    return Array.isArray(missing) ? missing.map(String) : undefined
  } catch {
    return undefined
  }
}
