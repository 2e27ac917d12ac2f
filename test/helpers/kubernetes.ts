// The few fields of Kubernetes objects that tests read, and how a container's environment comes about:
// as the kubelet does it, from ConfigMaps, Secrets, the Pod itself and $(NAME) in values.

export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly data?: Readonly<Record<string, string>>
  readonly spec?: Readonly<Record<string, unknown>>
}

export interface Workload extends Manifest {
  readonly spec: {
    readonly replicas?: number
    readonly template: { readonly metadata: Manifest['metadata']; readonly spec: PodSpec }
    readonly [field: string]: unknown
  }
}

export interface PodSpec {
  readonly containers: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly volumes?: readonly Volume[]
  readonly serviceAccountName?: string
  readonly automountServiceAccountToken?: boolean
  readonly enableServiceLinks?: boolean
  readonly terminationGracePeriodSeconds?: number
  readonly securityContext?: Readonly<Record<string, unknown>>
}

export interface Container {
  readonly name: string
  readonly image: string
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly env?: readonly EnvVar[]
  readonly envFrom?: readonly { readonly configMapRef?: Ref; readonly secretRef?: Ref }[]
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[]
  readonly volumeMounts?: readonly VolumeMount[]
  readonly resources?: {
    readonly requests?: Readonly<Record<string, string | number>>
    readonly limits?: Readonly<Record<string, string | number>>
  }
  readonly securityContext?: Readonly<Record<string, unknown>>
  readonly startupProbe?: Probe
  readonly readinessProbe?: Probe
  readonly livenessProbe?: Probe
}

export interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string | number }
  readonly tcpSocket?: { readonly port: string | number }
}

export interface EnvVar {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: {
    readonly fieldRef?: { readonly fieldPath: string }
    readonly configMapKeyRef?: Ref & { readonly key: string }
    readonly secretKeyRef?: Ref & { readonly key: string }
  }
}

export interface VolumeMount {
  readonly name: string
  readonly mountPath: string
  readonly subPath?: string
}

export interface Volume {
  readonly name: string
  readonly configMap?: Ref & { readonly items?: readonly KeyToPath[] }
  readonly secret?: { readonly secretName: string; readonly items?: readonly KeyToPath[] }
  readonly emptyDir?: object
}

interface Ref {
  readonly name: string
}

interface KeyToPath {
  readonly key: string
  readonly path: string
}

/** Values by key, of each object by name. */
export type Values = ReadonlyMap<string, Readonly<Record<string, string>>>

/** What a Pod's environment and files are made of. */
export interface PodWorld {
  readonly podName: string
  readonly namespace: string
  /** The Pod's own, such as apps.kubernetes.io/pod-index. */
  readonly labels: Readonly<Record<string, string>>
  readonly configMaps: Values
  /** Decoded. */
  readonly secrets: Values
}

export function isWorkload(manifest: Manifest): manifest is Workload {
  return ['Deployment', 'StatefulSet', 'Job'].includes(manifest.kind)
}

/** The objects of one kind. */
export function ofKind<T extends Manifest = Manifest>(
  manifests: readonly Manifest[],
  kind: string,
): readonly T[] {
  return manifests.filter((manifest) => manifest.kind === kind) as unknown as readonly T[]
}

/** @throws Error where it is not there */
export function oneOf<T extends Manifest = Manifest>(
  manifests: readonly Manifest[],
  kind: string,
  name: string,
): T {
  const found = ofKind<T>(manifests, kind).find(({ metadata }) => metadata.name === name)
  if (found === undefined) throw new Error(`Expected ${kind} '${name}', got none`)
  return found
}

export function configMapsOf(manifests: readonly Manifest[]): Values {
  return new Map(
    ofKind(manifests, 'ConfigMap').map(({ metadata, data }) => [metadata.name, data ?? {}]),
  )
}

/**
 * The environment that a container starts with.
 * @throws Error naming a ConfigMap, Secret, key or field that is not there
 */
export function environmentOf(container: Container, world: PodWorld): Record<string, string> {
  const environment: Record<string, string> = {}
  for (const { configMapRef, secretRef } of container.envFrom ?? []) {
    if (configMapRef !== undefined) {
      Object.assign(environment, valuesOf(world.configMaps, 'ConfigMap', configMapRef.name))
    }
    if (secretRef !== undefined) {
      Object.assign(environment, valuesOf(world.secrets, 'Secret', secretRef.name))
    }
  }
  for (const variable of container.env ?? []) {
    environment[variable.name] =
      variable.valueFrom === undefined
        ? expand(variable.value ?? '', environment)
        : valueFrom(variable, world)
  }
  return environment
}

/** @throws Error where it is not there */
export function valuesOf(
  values: Values,
  kind: string,
  name: string,
): Readonly<Record<string, string>> {
  const found = values.get(name)
  if (found === undefined) throw new Error(`Expected ${kind} '${name}', got none`)
  return found
}

function valueFrom({ name, valueFrom }: EnvVar, world: PodWorld): string {
  const { fieldRef, configMapKeyRef, secretKeyRef } = valueFrom ?? {}
  if (fieldRef !== undefined) return fieldOf(fieldRef.fieldPath, world)
  const ref = configMapKeyRef ?? secretKeyRef
  if (ref === undefined) throw new Error(`Expected a source of '${name}' that is known here`)
  const kind = configMapKeyRef === undefined ? 'Secret' : 'ConfigMap'
  const values = configMapKeyRef === undefined ? world.secrets : world.configMaps
  const value = valuesOf(values, kind, ref.name)[ref.key]
  if (value === undefined) throw new Error(`Expected ${kind} '${ref.name}' to have '${ref.key}'`)
  return value
}

function fieldOf(path: string, { podName, namespace, labels }: PodWorld): string {
  if (path === 'metadata.name') return podName
  if (path === 'metadata.namespace') return namespace
  const label = /^metadata\.labels\['(.*)'\]$/.exec(path)?.[1]
  const value = label === undefined ? undefined : labels[label]
  if (value === undefined) throw new Error(`Expected the Pod '${podName}' to have ${path}`)
  return value
}

/** `$(NAME)` of what stands before; what is not known stays as it is, and `$$` is one `$`. */
export function expand(value: string, environment: Readonly<Record<string, string>>): string {
  return value.replaceAll(/\$\$|\$\(([^)]+)\)/g, (all, name: string | undefined) =>
    name === undefined ? '$' : (environment[name] ?? all),
  )
}
