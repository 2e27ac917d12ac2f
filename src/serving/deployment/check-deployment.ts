// What the keys of ddnn.yaml mean together: names that are taken, links between neighbours, flags that have a
// key of their own. Whether a flag exists is the command line's to say.
import { nearestName } from '../../domain/nearest-name.ts'
import type { DeploymentFile } from './deployment-schema.ts'
import { deviceName, doorName } from './deployment.ts'

export interface Problem {
  readonly path: readonly PropertyKey[]
  /** Goes on after 'Expected KEY in FILE': 'to be ..., got ...'. */
  readonly message: string
}

/** The flag's default, and what `partitions` left out means. */
const defaultPartitions = 8
/** Names of other processes, and of what stands before their log lines. */
const takenNames = [deviceName, doorName, 'kafka', 'ddnn']

/** Flags of a process that its file says in another way, and where. */
const elsewhere: Readonly<Record<string, string>> = {
  name: 'name',
  n: 'name',
  models: 'models',
  config: 'flags themselves',
  input: 'a device: ddnn --input',
  partitions: 'kafka.partitions',
  ...Object.fromEntries(
    ['producer', 'consumer'].flatMap((end) =>
      ['back', 'front'].flatMap((side) => [
        [`${end}-${side}`, 'links: brokers'],
        [`${end}-${side}-port`, 'links: brokers'],
        [`${end}-${side}-topic`, 'links: requests and replies'],
      ]),
    ),
  ),
}

/** All problems of a file whose form is right. */
export function checkDeployment(file: DeploymentFile): readonly Problem[] {
  return [
    ...checkNames(file),
    ...checkReplicas(file),
    ...checkLinks(file),
    ...file.tiers.flatMap((tier, i) => checkFlags(tier.flags, ['tiers', i, 'flags'])),
    ...file.links.flatMap((link, i) => checkFlags(link.flags, ['links', i, 'flags'])),
    ...checkDoor(file),
  ]
}

function checkNames({ tiers }: DeploymentFile): readonly Problem[] {
  const names = tiers.map((tier) => tier.name)
  return names.flatMap((name, i) => {
    const path = ['tiers', i, 'name']
    if (takenNames.includes(name)) {
      return [{ path, message: `to be a tier's name, got ${name}, which means another thing` }]
    }
    return names.indexOf(name) === i
      ? []
      : [{ path, message: `to differ from the other tiers' names, got ${name} again` }]
  })
}

function checkReplicas({ tiers, kafka }: DeploymentFile): readonly Problem[] {
  const partitions = kafka.partitions ?? defaultPartitions
  return tiers.flatMap(({ replicas }, i) =>
    replicas <= partitions
      ? []
      : [
          {
            path: ['tiers', i, 'replicas'],
            message: `to be at most kafka.partitions, ${partitions}, since a replica without a partition idles, got ${replicas}`,
          },
        ],
  )
}

function checkLinks({ tiers, links }: DeploymentFile): readonly Problem[] {
  const places = [deviceName, ...tiers.map((tier) => tier.name)]
  const seen = new Set<string>()
  return links.flatMap(({ between, requests, replies }, i) => {
    const path = ['links', i, 'between']
    const shown = `[${between.join(', ')}]`
    const unknown = between.find((name) => !places.includes(name))
    if (unknown !== undefined) {
      const near = nearestName(unknown, places)
      const meant = near === undefined ? '' : `, did you mean ${near}?`
      return [{ path, message: `to name two of ${places.join(', ')}, got ${unknown}${meant}` }]
    }
    if (places.indexOf(between[1]) !== places.indexOf(between[0]) + 1) {
      return [{ path, message: `to be neighbours, the asking one first, got ${shown}` }]
    }
    if (seen.has(shown)) return [{ path, message: `to stand once, got ${shown} again` }]
    seen.add(shown)
    if (requests !== undefined && requests === replies) {
      return [{ path: ['links', i, 'replies'], message: `to differ from requests, got ${replies}` }]
    }
    return []
  })
}

function checkDoor({ door }: DeploymentFile): readonly Problem[] {
  if (door === undefined) return []
  const ports = ['http-port', 'grpc-port'].filter((flag) => flag in door.flags)
  const same =
    door['grpc-port'] === door['http-port']
      ? [{ path: ['door', 'grpc-port'], message: `to differ from http-port, got the same` }]
      : []
  return [
    ...ports.map((flag) => ({
      path: ['door', 'flags', flag],
      message: `to be said by the door's own key ${flag}`,
    })),
    ...same,
    ...checkFlags(door.flags, ['door', 'flags']),
  ]
}

function checkFlags(
  flags: Readonly<Record<string, unknown>>,
  path: readonly PropertyKey[],
): readonly Problem[] {
  return Object.keys(flags).flatMap((flag) => {
    const key = elsewhere[flag]
    return key === undefined
      ? []
      : [{ path: [...path, flag], message: `to be said elsewhere, by ${key}` }]
  })
}
