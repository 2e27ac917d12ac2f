// Objects of one namespace as the API server gives them back, after its defaults and admission: what the
// rest of this folder starts on this machine.
import type {
  Container,
  Manifest,
  PodSpec,
  Probe,
  Values,
  Volume,
} from '../../helpers/kubernetes.ts'
import { kubectl } from '../kubectl.ts'

/** A probe with the API server's defaults filled in. */
export type FullProbe = Probe & {
  readonly periodSeconds: number
  readonly timeoutSeconds: number
  readonly failureThreshold: number
}

export interface SecurityContext {
  readonly runAsUser?: number
  readonly runAsGroup?: number
  readonly fsGroup?: number
  readonly readOnlyRootFilesystem?: boolean
  readonly allowPrivilegeEscalation?: boolean
  readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] }
}

export type PodContainer = Container & {
  readonly workingDir?: string
  readonly securityContext?: SecurityContext
  readonly startupProbe?: FullProbe
  readonly readinessProbe?: FullProbe
  readonly livenessProbe?: FullProbe
}

export type PodVolume = Volume & {
  readonly configMap?: { readonly defaultMode: number }
  readonly secret?: { readonly defaultMode: number }
  readonly emptyDir?: { readonly medium?: string; readonly sizeLimit?: string }
  readonly persistentVolumeClaim?: { readonly claimName: string }
}

export interface Pod extends Manifest {
  readonly metadata: Manifest['metadata'] & {
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[]
  }
  readonly spec: Omit<PodSpec, 'containers' | 'volumes'> & {
    readonly hostname?: string
    readonly subdomain?: string
    readonly containers: readonly PodContainer[]
    readonly volumes?: readonly PodVolume[]
    readonly terminationGracePeriodSeconds: number
    readonly securityContext?: SecurityContext
    readonly [field: string]: unknown
  }
}

export interface Service extends Manifest {
  readonly spec: {
    readonly type: string
    readonly clusterIP: string
    readonly publishNotReadyAddresses?: boolean
    readonly selector?: Readonly<Record<string, string>>
    readonly ports: readonly {
      readonly port: number
      readonly targetPort: string | number
      readonly nodePort?: number
    }[]
    readonly [field: string]: unknown
  }
}

export interface Deployment extends Manifest {
  readonly spec: {
    readonly replicas: number
    readonly minReadySeconds?: number
    readonly strategy: {
      readonly type: string
      readonly rollingUpdate?: {
        readonly maxSurge: string | number
        readonly maxUnavailable: string | number
      }
    }
    readonly [field: string]: unknown
  }
}

export interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly {
    readonly key: string
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
    readonly values?: readonly string[]
  }[]
}

export interface PolicyPeer {
  readonly podSelector?: Selector
  readonly namespaceSelector?: Selector
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] }
}

export interface PolicyPort {
  readonly protocol: string
  readonly port: number | string
  readonly endPort?: number
}

export interface NetworkPolicy extends Manifest {
  readonly spec: {
    readonly podSelector: Selector
    readonly policyTypes: readonly string[]
    readonly ingress?: readonly {
      readonly from?: readonly PolicyPeer[]
      readonly ports?: readonly PolicyPort[]
    }[]
    readonly egress?: readonly {
      readonly to?: readonly PolicyPeer[]
      readonly ports?: readonly PolicyPort[]
    }[]
    readonly [field: string]: unknown
  }
}

/** All of a namespace that a Pod's life needs. */
export interface NamespaceObjects {
  readonly namespace: string
  readonly pods: readonly Pod[]
  readonly services: readonly Service[]
  readonly deployments: readonly Deployment[]
  readonly networkPolicies: readonly NetworkPolicy[]
  readonly configMaps: Values
  /** Decoded. */
  readonly secrets: Values
}

const kinds = ['pods', 'services', 'deployments', 'networkpolicies', 'configmaps', 'secrets']

/** Reads a namespace. @throws Error where the API server does not answer */
export async function readNamespace(namespace: string): Promise<NamespaceObjects> {
  const text = await kubectl('--namespace', namespace, 'get', kinds.join(','), '--output', 'json')
  const { items } = JSON.parse(text) as { items: readonly Manifest[] }
  const of = <T extends Manifest>(kind: string) => items.filter((one) => one.kind === kind) as T[]
  const values = (kind: string, decode: (text: string) => string): Values =>
    new Map(
      of(kind).map(({ metadata, data }) => [
        metadata.name,
        Object.fromEntries(Object.entries(data ?? {}).map(([key, text]) => [key, decode(text)])),
      ]),
    )
  return {
    namespace,
    pods: of<Pod>('Pod'),
    services: of<Service>('Service'),
    deployments: of<Deployment>('Deployment'),
    networkPolicies: of<NetworkPolicy>('NetworkPolicy'),
    configMaps: values('ConfigMap', (text) => text),
    secrets: values('Secret', (text) => Buffer.from(text, 'base64').toString('utf8')),
  }
}

/** The Pods that a workload's selector finds, by name. @throws Error where there is none */
export function podsNamed(objects: NamespaceObjects, name: string): readonly Pod[] {
  const pods = objects.pods
    .filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/name'] === name)
    .toSorted((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1))
  if (pods.length === 0) throw new Error(`Expected the API server to have Pods of '${name}'`)
  return pods
}

/** Whether all labels of a selector are on the Pod. An empty selector selects nothing, as a Service's. */
export function isSelected(pod: Pod, selector: Readonly<Record<string, string>> = {}): boolean {
  const wanted = Object.entries(selector)
  return wanted.length > 0 && wanted.every(([key, value]) => pod.metadata.labels?.[key] === value)
}
