// A deployment as processes: what `ddnn` is called with for each of them. up starts them, doctor examines them,
// and manifests hold them, so all three speak of the same ones.
import {
  doorName,
  ownBrokers,
  type Brokers,
  type Deployment,
  type DeploymentLink,
  type DeploymentTier,
  type FlagSetting,
  type ProcessFlags,
} from './deployment.ts'

export interface DeploymentProcess {
  /** Of the tier, or 'door'. */
  readonly name: string
  readonly kind: 'tier' | 'door'
  /** From 0. */
  readonly replica: number
  /** What `ddnn` takes: the flags of a tier or a gateway. */
  readonly argv: readonly string[]
}

interface ProcessesOptions {
  /** Address of the broker that is started beside the tiers, where the file says `own`. */
  readonly ownBroker?: string
}

/** All processes: tiers from the first to the last, replica by replica, then the door. */
export function processesOf(
  deployment: Deployment,
  { ownBroker = 'localhost:9092' }: ProcessesOptions = {},
): readonly DeploymentProcess[] {
  const at = (brokers: Brokers) => (brokers === ownBrokers ? ownBroker : brokers)
  const tiers = deployment.tiers.flatMap((tier, i) =>
    Array.from({ length: tier.replicas }, (_, replica): DeploymentProcess => ({
      name: tier.name,
      kind: 'tier',
      replica,
      argv: tierArgv(deployment, tier, i, replica, at),
    })),
  )
  const { door } = deployment
  if (door === undefined) return tiers
  const [first] = deployment.links
  const argv = [
    ...['--name', doorName],
    ...(first === undefined ? [] : frontArgv(first, at)),
    ...commonArgv(deployment),
    ...['--http-port', String(door.httpPort)],
    ...(door.grpcPort === undefined ? [] : ['--grpc-port', String(door.grpcPort)]),
    ...flagsArgv({ ...first?.flags, ...door.flags }),
  ]
  return [...tiers, { name: doorName, kind: 'door', replica: 0, argv }]
}

/** What a device takes to ask the first tier; images and labels come before it. */
export function deviceArgv(
  deployment: Deployment,
  { ownBroker = 'localhost:9092' }: ProcessesOptions = {},
): readonly string[] {
  const [first] = deployment.links
  if (first === undefined) return []
  const at = (brokers: Brokers) => (brokers === ownBrokers ? ownBroker : brokers)
  return [...frontArgv(first, at), ...flagsArgv(first.flags)]
}

function tierArgv(
  deployment: Deployment,
  tier: DeploymentTier,
  index: number,
  replica: number,
  at: (brokers: Brokers) => string,
): readonly string[] {
  const back = deployment.links[index]
  const front = deployment.links[index + 1]
  return [
    ...['--name', tier.name],
    ...['--models', ...tier.models.map((model) => model.path)],
    ...(back === undefined ? [] : backArgv(back, at)),
    ...(front === undefined ? [] : frontArgv(front, at)),
    // Replicas that ask share a reply topic: each reads a partition of its own.
    ...(tier.replicas > 1 ? ['--ordinal', String(replica)] : []),
    ...commonArgv(deployment),
    ...flagsArgv({ ...front?.flags, ...tier.flags }),
  ]
}

function commonArgv({ kafka }: Deployment): readonly string[] {
  return kafka.partitions === undefined ? [] : ['--partitions', String(kafka.partitions)]
}

/** Requests come in at the back by its consumer. */
function backArgv(link: DeploymentLink, at: (brokers: Brokers) => string): readonly string[] {
  const brokers = at(link.brokers)
  return [
    ...['--consumer-back', brokers, '--consumer-back-topic', link.requests],
    ...['--producer-back', brokers, '--producer-back-topic', link.replies],
  ]
}

/** Requests go out at the front by its producer. */
function frontArgv(link: DeploymentLink, at: (brokers: Brokers) => string): readonly string[] {
  const brokers = at(link.brokers)
  return [
    ...['--producer-front', brokers, '--producer-front-topic', link.requests],
    ...['--consumer-front', brokers, '--consumer-front-topic', link.replies],
  ]
}

function flagsArgv(flags: ProcessFlags): readonly string[] {
  return Object.entries(flags).flatMap(([name, value]) => flagArgv(name, value))
}

function flagArgv(name: string, value: FlagSetting): readonly string[] {
  const dashes = name.length === 1 ? '-' : '--'
  if (typeof value === 'boolean') return [value ? `${dashes}${name}` : `--no-${name}`]
  if (typeof value !== 'object') {
    const text = String(value)
    // A value that begins with a dash would be taken for a flag.
    return text.startsWith('-') ? [`${dashes}${name}=${text}`] : [`${dashes}${name}`, text]
  }
  return [`${dashes}${name}`, ...value]
}
