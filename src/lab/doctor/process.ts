// Checks of the process itself: Node, ddnn, what the machine gives, and the port of --http-port.
import { get as getPlain } from 'node:http'
import { get as getSecure } from 'node:https'
import { json } from 'node:stream/consumers'
import type { CommonConfig } from '../../cli/config.ts'
import { checkNodeVersion } from '../../cli/node-version.ts'
import { readVersion } from '../../cli/version.ts'
import { hostInUrl, listenProblem } from '../../domain/host-address.ts'
import { ConfigError } from '../../errors.ts'
import type { Verdict } from './check.ts'
import { checkDoor, checkPage } from './door.ts'
import type { Examination } from './examination.ts'
import { listenOnce } from '../../serving/supervisor/listen-once.ts'
import { readLimits } from './machine.ts'

const group = 'Process'

export async function checkProcess(exam: Examination, config: CommonConfig): Promise<void> {
  await exam.check({ id: 'process.node', group, title: 'node' }, () => {
    const range = checkNodeVersion()
    const { version, arch, platform } = process
    return {
      found: `${version}, ${platform} ${arch} (engines: ${range})`,
      facts: { version, range, platform, arch },
      value: true,
    }
  })
  await exam.check({ id: 'process.ddnn', group, title: 'ddnn' }, () => {
    const version = readVersion()
    return { found: version, facts: { version }, value: true }
  })
  await exam.check({ id: 'process.machine', group, title: 'machine' }, () => checkMachine(config))
  const { http, door } = config
  if (http !== undefined && http.port !== 0) {
    const scheme = door?.tls === undefined ? 'http' : 'https'
    await exam.check({ id: 'process.port', group, title: 'port of health' }, (signal) =>
      checkPort(http.port, http.host, scheme, signal),
    )
  }
  if (http?.page !== undefined) await checkPage(exam, http.page)
  if (door === undefined) return
  if (door.grpc !== undefined) {
    const { checkGrpcPort } = await import('./grpc-port.ts')
    await checkGrpcPort(exam, door)
  }
  await checkDoor(exam, door)
}

function checkMachine({ engine, models }: CommonConfig): Verdict<true> {
  const limits = readLimits()
  const { cores, coreQuota, memoryBytes } = limits
  const advice: string[] = []
  const used = Math.min(cores, coreQuota ?? cores)
  if (models.length > 0 && engine.workers > used) {
    advice.push(`--workers ${engine.workers} take turns on ${used} cores: pass as many as cores`)
  }
  const threads = process.env['TF_NUM_INTRAOP_THREADS']
  if (
    models.length > 0 &&
    engine.choice !== 'wasm' &&
    coreQuota !== undefined &&
    coreQuota * 2 < cores &&
    threads === undefined
  ) {
    advice.push(
      `TensorFlow takes a thread for each of ${cores} cores, where ${coreQuota} may be used: set TF_NUM_INTRAOP_THREADS=${Math.max(1, Math.floor(coreQuota))}`,
    )
  }
  const gib = (memoryBytes / 2 ** 30).toFixed(1)
  const quota = coreQuota === undefined ? '' : `, ${coreQuota} of them for this container`
  return {
    status: advice.length > 0 ? 'warning' : 'ok',
    found: `${cores} cores${quota}, ${gib} GiB`,
    advice,
    facts: { ...limits },
    value: true,
  }
}

/** Free, or held by a ddnn, which is then likely the run that is examined. */
async function checkPort(
  port: number,
  host: string,
  scheme: Scheme,
  signal: AbortSignal,
): Promise<Verdict<true>> {
  const fault = await listenOnce(port, host)
  if (fault === undefined) return { found: `${port} is free`, facts: { port }, value: true }
  const missing =
    fault.code === 'EADDRINUSE' ? await askReady(port, host, scheme, signal) : undefined
  if (missing === undefined) {
    const got = fault.code ?? fault.message
    const { message, hint } = listenProblem('--http-port', port, host, got)
    throw new ConfigError('DDNN_CONFIG_INVALID', message, { hint })
  }
  const isReady = missing.length === 0
  return {
    status: isReady ? 'ok' : 'warning',
    found: isReady
      ? `${port} is held by a ddnn that runs and is ready`
      : `${port} is held by a ddnn that runs and is not ready: ${missing.join('; ')}`,
    facts: { port, missing },
    value: true,
  }
}

type Scheme = 'http' | 'https'

/** What the ddnn on this port misses; undefined where no ddnn answers. */
async function askReady(
  port: number,
  host: string,
  scheme: Scheme,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const at = hostInUrl(host)
  try {
    const page = await getJson(`${scheme}://${at}:${port}/v2/health/ready`, signal)
    const { missing } = page as { missing?: unknown }
    return Array.isArray(missing) ? missing.map(String) : undefined
  } catch {
    return undefined
  }
}

/** Its certificate may name another host than this machine. */
function getJson(url: string, signal: AbortSignal): Promise<unknown> {
  const get = url.startsWith('https:') ? getSecure : getPlain
  return new Promise((resolve, reject) => {
    const options = { agent: false, signal, rejectUnauthorized: false } as const
    const request = get(url, options, (response) => void json(response).then(resolve, reject))
    request.on('error', reject)
  })
}
