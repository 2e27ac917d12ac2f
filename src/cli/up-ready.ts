// What `ddnn up` prints once, when all is ready: what runs, where to ask, and a line or two to try next.
import { join, relative } from 'node:path'
import type { Deployment, DeploymentDoor } from '../serving/deployment/deployment.ts'
import { deviceArgv } from '../serving/deployment/processes-of.ts'
import { packageRoot } from '../package-root.ts'
import type { UpEvent } from './json/up.ts'

interface ReadyFacts {
  readonly ownBroker: string | undefined
  /** From the command to now. */
  readonly seconds: number
  /** How ddnn was called: 'npx ddnn'. */
  readonly call: string
}

type Row = readonly [what: string, text: string]

/** Lines with a blank one before and after. */
export function readyBlock(deployment: Deployment, facts: ReadyFacts): string {
  const { kafka, tiers, door } = deployment
  const { ownBroker, seconds } = facts
  const names = tiers.map(({ name, replicas }) => (replicas > 1 ? `${name} x ${replicas}` : name))
  const rows: readonly Row[] = [
    ['tiers', names.join(', ')],
    ['Kafka', ownBroker === undefined ? kafka.brokers : `${ownBroker}, gone at the end`],
    ...(door === undefined ? [] : doorRows(door, facts.call)),
    [door === undefined ? 'try' : 'or', deviceLine(deployment, facts)],
  ]
  const lines = rows.map(([what, text]) => `  ${what.padEnd(6)} ${text}`)
  return `\n${[`Ready after ${seconds.toFixed(1)} s. Ctrl-C ends all of it.`, ...lines].join('\n')}\n\n`
}

/** The same for programs. */
export function readyEvent(
  { kafka, tiers, door }: Deployment,
  ownBroker: string | undefined,
  seconds: number,
): UpEvent {
  return {
    kind: 'ready',
    seconds: Number(seconds.toFixed(1)),
    tiers: tiers.map(({ name, replicas }) => ({ name, replicas })),
    brokers: ownBroker ?? kafka.brokers,
    isOwnBroker: ownBroker !== undefined,
    http: door === undefined ? null : originOf(door),
    grpc: door?.grpcPort === undefined ? null : `localhost:${door.grpcPort}`,
    model: door === undefined ? null : modelOf(door),
  }
}

function originOf({ httpPort, flags }: DeploymentDoor): string {
  const isSecure = flags['http-tls-cert'] !== undefined
  return `${isSecure ? 'https' : 'http'}://localhost:${httpPort}`
}

function modelOf({ flags }: DeploymentDoor): string {
  return String(flags['model-name'] ?? 'ddnn')
}

function doorRows(door: DeploymentDoor, call: string): readonly Row[] {
  const { grpcPort, flags } = door
  const isSecure = flags['http-tls-cert'] !== undefined
  const model = `/v2/models/${modelOf(door)}`
  const origin = originOf(door)
  const image = shown(join(packageRoot, 'data', 'sample', 'daisy', '0000.jpg'))
  const form = "-H 'content-type: image/jpeg'"
  const insecure = isSecure ? '-k ' : ''
  const asked = `curl ${insecure}${form} --data-binary @${image} ${origin}${model}/infer`
  const grpc: readonly Row[] = grpcPort === undefined ? [] : [['gRPC', `localhost:${grpcPort}`]]
  // Who needs a token, or a certificate of one's own, asks with more than fits here.
  const isPlain = !isSecure && flags['http-token-file'] === undefined && !('model-name' in flags)
  const classify: readonly Row[] = isPlain
    ? [['or', `${call} classify ${image} --url ${origin}`]]
    : []
  const hasPage = flags['page'] !== false
  const page: readonly Row[] = hasPage ? [['page', `${origin}/`]] : []
  return [['HTTP', `${origin}${model}`], ...grpc, ...page, ['try', asked], ...classify]
}

/** The sample images, asked over Kafka. */
function deviceLine(deployment: Deployment, { ownBroker, call }: ReadyFacts): string {
  const images = ['-i', shown(join(packageRoot, 'data', 'sample'))]
  const labels = ['-l', shown(join(packageRoot, 'data', 'labels.txt'))]
  const front = deviceArgv(deployment, ownBroker === undefined ? {} : { ownBroker })
  return [call, ...images, ...labels, '--name', 'device', ...front].join(' ')
}

/** Short where the package is in this folder. */
function shown(path: string): string {
  const near = relative(process.cwd(), path)
  return near.startsWith('..') ? path : near
}
