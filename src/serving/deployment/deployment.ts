// What stands in ddnn.yaml, as plain data: which tiers there are, what joins them, and the door in front of
// them. `ddnn up` runs it, doctor looks at it, and manifests are made of it. read-deployment.ts reads it from YAML.

/** 'own' for a broker that is started beside the tiers; else host:port of each, with commas, as flags take them. */
export type Brokers = string

export const ownBrokers = 'own'

/** Flags of `ddnn` by their long names without dashes, as in docs/flags.md. */
export type ProcessFlags = Readonly<Record<string, FlagSetting>>
export type FlagSetting = string | number | boolean | readonly string[]

export interface Deployment {
  /** The file's absolute path, for messages. */
  readonly file: string
  readonly kafka: DeploymentKafka
  /** At least one, in the order of the network: the first is what devices and the door ask. */
  readonly tiers: readonly DeploymentTier[]
  /** Every link, those that the file leaves out too: `links[i]` leads to `tiers[i]`, the first from the device. */
  readonly links: readonly DeploymentLink[]
  readonly door: DeploymentDoor | undefined
}

interface DeploymentKafka {
  readonly brokers: Brokers
  /** Partitions of topics that are made; undefined leaves the flag's default. */
  readonly partitions: number | undefined
}

export interface DeploymentTier {
  readonly name: string
  /** At least one; they run one after the other. */
  readonly models: readonly ModelFolder[]
  readonly replicas: number
  readonly flags: ProcessFlags
}

export interface ModelFolder {
  /** As the file has it: 'shipped/edge', '../mine/edge'. */
  readonly written: string
  /** Absolute. */
  readonly path: string
}

/** The way from who asks to who answers. */
export interface DeploymentLink {
  /** 'device' for the first link: whatever asks the first tier. */
  readonly from: string
  readonly to: string
  /** Topic of requests: from_edge_to_fog. */
  readonly requests: string
  /** Topic of replies: from_fog_to_edge. */
  readonly replies: string
  readonly brokers: Brokers
  /** Of who asks; on the first link of the door. */
  readonly flags: ProcessFlags
}

/** A gateway: HTTP and gRPC in front of the first tier. */
export interface DeploymentDoor {
  readonly httpPort: number
  readonly grpcPort: number | undefined
  readonly flags: ProcessFlags
}

/** What asks the first tier, in the names of topics and links. */
export const deviceName = 'device'

/** The door's process. */
export const doorName = 'door'

/** Topics as the original's example names them. */
export function topicsBetween(
  from: string,
  to: string,
): { readonly requests: string; readonly replies: string } {
  return { requests: `from_${from}_to_${to}`, replies: `from_${to}_to_${from}` }
}
