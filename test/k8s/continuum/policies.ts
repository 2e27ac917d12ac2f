// NetworkPolicies as rules of nftables on the bridge of the Pods, in place of a cluster's network plugin:
// what a policy does not allow does not connect. Only TCP's first packet is judged, as nothing else opens a
// connection here.
import type { NamedPod } from './names.ts'
import type {
  NamespaceObjects,
  NetworkPolicy,
  PodContainer,
  PolicyPeer,
  PolicyPort,
  Selector,
} from './objects.ts'
import { onlyContainer } from './pod-container.ts'
import { portOf } from './probes.ts'

type Direction = 'Ingress' | 'Egress'

/** A script for nft that puts the table `name` in place of its former self. */
export function rulesOf(
  name: string,
  objects: NamespaceObjects,
  pods: readonly NamedPod[],
  nodes: readonly string[],
): string {
  const chains: string[] = []
  const jumps: string[] = []
  for (const [index, own] of pods.entries()) {
    for (const direction of ['Ingress', 'Egress'] as const) {
      const policies = objects.networkPolicies.filter(
        ({ spec }) =>
          spec.policyTypes.includes(direction) &&
          isMatch(spec.podSelector, own.pod.metadata.labels),
      )
      // Who is selected by none may do all.
      if (policies.length === 0) continue
      const chain = `${direction.toLowerCase()}${index}`
      jumps.push(`ip ${direction === 'Ingress' ? 'daddr' : 'saddr'} ${own.address} jump ${chain}`)
      // A kubelet reaches the Pods of its node whatever the policies.
      const probes = direction === 'Ingress' ? [`ip saddr { ${nodes.join(', ')} } return`] : []
      const rules = policies.flatMap((policy) => allowedBy(policy, direction, own, objects, pods))
      chains.push(`chain ${chain} { ${[...probes, ...rules, 'drop'].join('; ')}; }`)
    }
  }
  const hook = 'type filter hook forward priority 0; policy accept;'
  const opening = 'tcp flags & (syn | ack) != syn accept'
  const forward = `chain forward { ${hook} ${[opening, ...jumps].join('; ')}; }`
  const table = `table bridge ${name}`
  return `${table} {}\ndelete ${table}\n${table} {\n${[...chains, forward].join('\n')}\n}\n`
}

/** Conditions under which a packet returns from the Pod's chain, which is to be let through. */
function allowedBy(
  { spec }: NetworkPolicy,
  direction: Direction,
  own: NamedPod,
  objects: NamespaceObjects,
  pods: readonly NamedPod[],
): readonly string[] {
  const rules =
    direction === 'Ingress'
      ? (spec.ingress ?? []).map(({ from, ports }) => ({ peers: from ?? [], ports }))
      : (spec.egress ?? []).map(({ to, ports }) => ({ peers: to ?? [], ports }))
  const side = direction === 'Ingress' ? 'saddr' : 'daddr'
  return rules.flatMap(({ peers, ports }) => {
    const open = (container?: PodContainer) => portsOf(ports, container)
    const ownContainer = onlyContainer(own.pod)
    if (peers.length === 0) {
      return [`${open(direction === 'Ingress' ? ownContainer : undefined)} return`]
    }
    return peers.flatMap((peer) => {
      if (peer.ipBlock !== undefined) {
        const { cidr, except = [] } = peer.ipBlock
        const but = except.length === 0 ? '' : `ip ${side} != { ${except.join(', ')} }`
        return [`ip ${side} ${cidr} ${but} ${open()} return`]
      }
      return pods
        .filter(({ pod }) => isPeer(peer, pod.metadata.labels, objects.namespace))
        .map(({ pod, address }) => {
          // A port's name is that of the container which listens.
          const listens = direction === 'Ingress' ? ownContainer : onlyContainer(pod)
          return `ip ${side} ${address} ${open(listens)} return`
        })
    })
  })
}

/** Condition on the port; without ports, all of TCP. */
function portsOf(ports: readonly PolicyPort[] | undefined, container?: PodContainer): string {
  if (ports === undefined) return 'meta l4proto tcp'
  const ranges = ports
    .filter(({ protocol }) => protocol === 'TCP')
    .map(({ port, endPort }) => {
      if (endPort !== undefined) return `${port}-${endPort}`
      if (typeof port === 'number') return String(port)
      if (container === undefined) throw new Error(`Expected a number, not the port '${port}'`)
      return hasPort(container, port) ? String(portOf(container, port)) : undefined
    })
    .filter((range) => range !== undefined)
  return ranges.length === 0 ? 'tcp dport 0' : `tcp dport { ${ranges.join(', ')} }`
}

const hasPort = (container: PodContainer, name: string) =>
  container.ports?.some((port) => port.name === name) === true

function isPeer(
  { podSelector, namespaceSelector }: PolicyPeer,
  labels: Readonly<Record<string, string>> | undefined,
  namespace: string,
): boolean {
  // Of a namespace's labels only its name is known here.
  const isHere =
    namespaceSelector === undefined ||
    isMatch(namespaceSelector, { 'kubernetes.io/metadata.name': namespace })
  return isHere && isMatch(podSelector ?? {}, labels)
}

/** An empty selector is everyone. */
function isMatch(
  { matchLabels = {}, matchExpressions = [] }: Selector,
  labels: Readonly<Record<string, string>> = {},
): boolean {
  const isSo = ({ key, operator, values = [] }: (typeof matchExpressions)[number]) => {
    const value = labels[key]
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value)
      case 'NotIn':
        return value === undefined || !values.includes(value)
      case 'Exists':
        return value !== undefined
      case 'DoesNotExist':
        return value === undefined
    }
  }
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(isSo)
  )
}
