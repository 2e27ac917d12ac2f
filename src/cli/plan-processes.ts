// A deployment's processes as the command line takes them: each is checked as if it were typed, before any is
// started, and gets a page of health to be asked at.
import { existsSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import type { Deployment } from '../serving/deployment/deployment.ts'
import { processesOf, type DeploymentProcess } from '../serving/deployment/processes-of.ts'
import { hostInUrl, listenProblem } from '../domain/host-address.ts'
import { listenOnce } from '../serving/supervisor/listen-once.ts'
import type { PlannedProcess } from '../serving/supervisor/keep-running.ts'
import { assertNoProcessProblems } from './process-problems.ts'
import { resolveProcess } from './resolve-process.ts'

interface PlanOptions {
  /** Address of the broker that is started beside the tiers. */
  readonly ownBroker?: string | undefined
  /** Flags of every process that its own ones count more than. */
  readonly handedOn: readonly string[]
}

/** Time for a process to be gone once its requests are done or given up, milliseconds. */
const graceMs = 5000

/** @throws DDNN_CONFIG_INVALID with every problem of every process, by its name. */
export async function checkProcesses(
  deployment: Deployment,
  handedOn: readonly string[],
): Promise<void> {
  const all = processesOf(deployment).map((one) => ({ one, ...resolve(handedOn, one) }))
  const problems = all
    .filter(({ one }) => one.replica === 0)
    .flatMap(({ one, problems: found }) => found.map((problem) => `${one.name}: ${problem}`))
  const folders = deployment.tiers.flatMap(({ name, models }) =>
    models
      .filter(({ path }) => !existsSync(path))
      .map(
        ({ path }) => `${name}: Expected models to be a folder, got '${path}', which is not there`,
      ),
  )
  const ports = await portProblems(
    all.flatMap(({ one, config }) =>
      [
        { flag: 'http-port', at: config?.http },
        { flag: 'grpc-port', at: config?.door?.grpc },
      ].flatMap(({ flag, at }) =>
        at === undefined || at.port === 0
          ? []
          : [{ who: labelOf(deployment, one), flag, port: at.port, host: at.host }],
      ),
    ),
  )
  assertNoProcessProblems([...problems, ...folders, ...ports], deployment.file)
}

interface WantedPort {
  readonly who: string
  readonly flag: string
  readonly port: number
  readonly host: string
}

/** A port is one process's, and free: another process there would be taken for ours once it says that it is ready. */
async function portProblems(wanted: readonly WantedPort[]): Promise<readonly string[]> {
  const told = await Promise.all(
    wanted.map(async ({ who, flag, port, host }, i) => {
      const other = wanted.slice(0, i).find((one) => one.port === port)
      if (other !== undefined) {
        return `${who}: Expected a ${flag} of its own, or 0 for a free one, got ${port}, the ${other.flag} of ${other.who}`
      }
      const fault = await listenOnce(port, host)
      if (fault === undefined) return undefined
      return `${who}: ${listenProblem(flag, port, host, fault.code ?? fault.message).message}`
    }),
  )
  return told.filter((problem) => problem !== undefined)
}

/** Group after group in the order of ending: the door, then each tier's replicas from the first tier on. */
export async function planProcesses(
  deployment: Deployment,
  { ownBroker, handedOn }: PlanOptions,
): Promise<readonly (readonly PlannedProcess[])[]> {
  const processes = processesOf(deployment, ownBroker === undefined ? {} : { ownBroker })
  const names = [...new Set(processes.map(({ name }) => name))]
  const door = processes.filter(({ kind }) => kind === 'door')
  const tiers = names.map((name) =>
    processes.filter((one) => one.name === name && one.kind === 'tier'),
  )
  const ports = await freePorts(processes.length)
  return [door, ...tiers]
    .filter((group) => group.length > 0)
    .map((group) =>
      group.map((one): PlannedProcess => {
        const { config } = resolve(handedOn, one)
        const own = config?.http
        const isOpen = own !== undefined && own.port !== 0
        const port = isOpen ? own.port : ports[processes.indexOf(one)]
        const host = hostInUrl(own?.host ?? '127.0.0.1')
        const scheme = config?.door?.tls === undefined ? 'http' : 'https'
        const probe = own === undefined ? ['--http-host', '127.0.0.1'] : []
        return {
          label: labelOf(deployment, one),
          argv: [
            ...handedOn,
            ...one.argv,
            ...(isOpen ? [] : [...probe, '--http-port', String(port)]),
          ],
          readyUrl: `${scheme}://${host}:${port}/v2/health/ready`,
          endWithinMs: (config?.shutdownTimeoutMs ?? 0) + graceMs,
        }
      }),
    )
}

/** 'edge', or 'edge.1' of several replicas. */
export function labelOf(deployment: Deployment, { name, replica }: DeploymentProcess): string {
  const tier = deployment.tiers.find((one) => one.name === name)
  return (tier?.replicas ?? 1) > 1 ? `${name}.${replica}` : name
}

function resolve(handedOn: readonly string[], { argv }: DeploymentProcess) {
  return resolveProcess([...handedOn, ...argv], process.env)
}

/** Of the loopback, held together until all are known, so that they differ. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))))
  return ports
}
