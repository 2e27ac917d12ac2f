// Names as a cluster's DNS gives them, for the hosts files of Pods: of each headless Service its Pods, and
// of each Pod its own name there (hostname.service), in all four lengths that a Pod may use.
import { isSelected, type Pod, type Service } from './objects.ts'

export interface NamedPod {
  readonly pod: Pod
  readonly address: string
  readonly isReady: boolean
}

/** Lines of a hosts file. Services with an address of their own have none: nothing here asks by them. */
export function hostsOf(
  namespace: string,
  services: readonly Service[],
  pods: readonly NamedPod[],
): string {
  const lines = services
    .filter(({ spec }) => spec.clusterIP === 'None')
    .flatMap((service) => {
      const { metadata, spec } = service
      const published = pods.filter(
        ({ pod, isReady }) =>
          isSelected(pod, spec.selector) && (isReady || spec.publishNotReadyAddresses === true),
      )
      return published.flatMap(({ pod, address }) => {
        const isNamed = pod.spec.hostname !== undefined && pod.spec.subdomain === metadata.name
        const names = [metadata.name, ...(isNamed ? [`${pod.spec.hostname}.${metadata.name}`] : [])]
        return names.map((name) => `${address} ${inAllLengths(name, namespace).join(' ')}\n`)
      })
    })
  return lines.join('')
}

/** As the search list of a Pod's resolv.conf completes them. */
const inAllLengths = (name: string, namespace: string) =>
  ['', `.${namespace}`, `.${namespace}.svc`, `.${namespace}.svc.cluster.local`].map(
    (end) => `${name}${end}`,
  )
