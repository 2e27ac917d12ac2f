// The processes of a plan as a user starts them. Pure.
import type { Arrangement, Candidate, Place, PlanFacts } from './plan.ts'

export interface PlannedProcess {
  readonly place: string
  readonly replicas: number
  /** Words of the command line. */
  readonly command: readonly string[]
}

interface CommandFacts {
  readonly device: Place
  /** Flags of the device that name its images. */
  readonly input: readonly string[]
}

/** From the far end to the device: each finds who answers it. `PLACE:9092` stands for the brokers at a place. */
export function commandsOf(
  { arrangement, replicas }: Candidate,
  facts: PlanFacts,
  { device, input }: CommandFacts,
): readonly PlannedProcess[] {
  const { tiers, image } = arrangement
  const isLocal = tiers[0]?.place.name === device.name
  const servers = tiers.map((tier, i): PlannedProcess => {
    const name = tier.place.name
    const asker = i === 0 ? device.name : (tiers[i - 1]?.place.name ?? '')
    const next = tiers[i + 1]?.place.name
    const isDevice = isLocal && i === 0
    return {
      place: name,
      replicas: replicas[i] ?? 1,
      command: [
        'ddnn',
        ...['--name', name],
        ...(isDevice ? input : []),
        ...['--models', ...facts.stages.slice(tier.from, tier.to).map(({ folder }) => folder)],
        ...(isDevice ? [] : linkFlags('back', asker, name)),
        ...(next === undefined ? [] : linkFlags('front', name, next)),
      ],
    }
  })
  if (isLocal) return servers.toReversed()
  const asking = {
    place: device.name,
    replicas: 1,
    command: [
      'ddnn',
      ...['--name', device.name],
      ...input,
      ...(image?.flags ?? []),
      ...linkFlags('front', device.name, firstPlace(arrangement)),
    ],
  }
  return [...servers.toReversed(), asking]
}

function firstPlace({ tiers }: Arrangement): string {
  return tiers[0]?.place.name ?? ''
}

/** The broker of a link stands at the place that answers. */
function linkFlags(side: 'back' | 'front', asker: string, answerer: string): readonly string[] {
  const [requests, replies] = side === 'back' ? ['consumer', 'producer'] : ['producer', 'consumer']
  const broker = `${answerer}:9092`
  return [
    ...[`--${requests}-${side}`, broker, `--${requests}-${side}-topic`, `${asker}_to_${answerer}`],
    ...[`--${replies}-${side}`, broker, `--${replies}-${side}-topic`, `${answerer}_to_${asker}`],
  ]
}
