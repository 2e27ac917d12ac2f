// An object of Kubernetes as data, and what all of ours bear.

export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly data?: Readonly<Record<string, string>>
  readonly spec?: Readonly<Record<string, unknown>>
  readonly automountServiceAccountToken?: boolean
}

/** What manifests are made for, beside the deployment. */
export interface ClusterOptions {
  readonly namespace: string
  /** With a tag or a digest. */
  readonly image: string
  /** PersistentVolumeClaim with the model folders of one's own; undefined has them in the image. */
  readonly modelsClaim: string | undefined
}

const label = (key: string) => `app.kubernetes.io/${key}`

/** By which Services, budgets and policies find Pods. */
export function selectorOf(name: string): Readonly<Record<string, string>> {
  return { [label('name')]: name }
}

export function labelsOf(name: string, component: string): Readonly<Record<string, string>> {
  return { ...selectorOf(name), [label('component')]: component, [label('part-of')]: 'ddnn' }
}

/** Pod Security "restricted" holds for all in it. 'default' is there, and others live in it. */
export function namespaceObjects(namespace: string): readonly KubernetesObject[] {
  if (namespace === 'default') return []
  const levels = ['enforce', 'audit', 'warn'].map((mode): [string, string] => [
    `pod-security.kubernetes.io/${mode}`,
    'restricted',
  ])
  const labels = { [label('part-of')]: 'ddnn', ...Object.fromEntries(levels) }
  return [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } }]
}
