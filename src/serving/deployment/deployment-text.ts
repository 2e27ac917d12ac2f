// The text of a ddnn.yaml, with words on each part: what `ddnn init` writes, and what `ddnn up` runs where there is
// no file.
import { stringify } from 'yaml'

export interface TextTier {
  readonly name: string
  /** As the file shall have them: 'shipped/edge', '../mine/edge'. */
  readonly models: readonly string[]
}

interface TextOptions {
  readonly tiers: readonly TextTier[]
  /** Whether a door stands in front; default true. */
  readonly hasDoor?: boolean
}

/** The shipped models, a tier each. */
export const shippedTiers: readonly TextTier[] = ['edge', 'fog', 'cloud'].map((name) => ({
  name,
  models: [`shipped/${name}`],
}))

/** YAML that `parseDeployment` reads. */
export function deploymentText({ tiers, hasDoor = true }: TextOptions): string {
  const [first, second] = tiers
  const example = second === undefined ? `device, ${first?.name}` : `${first?.name}, ${second.name}`
  return `${[
    "# What 'ddnn up' runs. docs/up.md says all that can stand here.",
    'kafka:',
    '  brokers: own # a broker of our own on this machine; or host:port,host:port of those that are there',
    '  # partitions: 8 # of topics that are made; replicas of a tier share them',
    '',
    '# In the order of the network: the first is what devices and the door ask.',
    'tiers:',
    ...tiers.flatMap(tierLines),
    '',
    '# What differs from topics from_A_to_B and from_B_to_A on the brokers above:',
    '# links:',
    `#   - between: [${example}] # the one that asks, the one that answers; 'device' asks the first tier`,
    '#     brokers: 192.168.1.20:9092',
    '#     flags: { feature-codec: int8 } # of the one that asks',
    ...(hasDoor
      ? [
          '',
          'door: # HTTP and gRPC in front of the first tier',
          '  http-port: 8080',
          '  grpc-port: 8081',
        ]
      : []),
  ].join('\n')}\n`
}

function tierLines({ name, models }: TextTier, index: number): readonly string[] {
  const shown = models.length === 1 ? scalar(models[0] ?? '') : `[${models.map(scalar).join(', ')}]`
  const isFirst = index === 0
  return [
    `  - name: ${scalar(name)}`,
    `    models: ${shown}${isFirst ? ' # relative to this file; shipped/... come with ddnn' : ''}`,
    '    replicas: 1',
    ...(isFirst
      ? ['    # flags: { threshold: 0.9 } # of this tier, by their names in docs/flags.md']
      : []),
  ]
}

/** Quoted where YAML could take it for another thing, in a list too. */
function scalar(text: string): string {
  const isPlain = /^(\.{0,2}\/)*[A-Za-z][A-Za-z0-9./_-]*$/.test(text)
  return isPlain ? stringify(text, { lineWidth: 0 }).trimEnd() : JSON.stringify(text)
}
