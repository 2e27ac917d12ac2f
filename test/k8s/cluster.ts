// The cluster that a test of Kubernetes runs against: whichever KUBECONFIG names. Where its nodes are
// fakes (kwok), what a kubelet and a provisioner of volumes would do is done here: they tell that they
// live, have disks, and there are volumes. Nothing of ddnn's is made or changed here.
import { join } from 'node:path'
import { definitionFile } from './definitions.ts'
import { kubectl, kubectlGiven } from './kubectl.ts'
import { lockCluster, microTime } from './lock.ts'

/** Namespace that `sh run.sh` uses when it is told none. */
export const namespace = 'ddnn'

/** Marks the namespace as a test's own, so that the next run may clear what a broken one left. */
const ownMark = 'ddnn/test'

/** An object as the API server gives it, as far as tests look. */
export interface ClusterObject {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid: string
    readonly generation?: number
    readonly resourceVersion: string
    readonly annotations?: Readonly<Record<string, string>>
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly spec: Readonly<Record<string, unknown>>
  readonly data?: Readonly<Record<string, string>>
  readonly status?: {
    readonly phase?: string
    readonly succeeded?: number
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
}

export interface TestCluster {
  /** Name of the current context. */
  readonly context: string
  /** Takes away all that this call made, and ddnn. */
  release(): Promise<void>
}

/**
 * Makes the cluster ready for a test and resolves.
 * @throws Error where KUBECONFIG names none, or the namespace is somebody's
 */
export async function takeCluster(): Promise<TestCluster> {
  if (!process.env['KUBECONFIG']) {
    throw new Error(
      'Expected KUBECONFIG to name a cluster for tests, got none. Make one with kind or minikube, or run a ' +
        'kube-apiserver with kwok, and export KUBECONFIG=FILE',
    )
  }
  const unlock = await lockCluster()
  try {
    return await prepare(unlock)
  } catch (error) {
    await unlock()
    throw error
  }
}

async function prepare(unlock: () => Promise<void>): Promise<TestCluster> {
  const context = await kubectl('config', 'current-context')
  const marks = await kubectl(
    ...['get', 'namespace', namespace, '--ignore-not-found', '--output'],
    `go-template=there {{with .metadata.annotations}}{{index . "${ownMark}"}}{{end}}`,
  )
  if (marks !== '' && !marks.includes('yes')) {
    throw new Error(
      `Expected no namespace '${namespace}' in the cluster of context '${context}', got one that no test made. ` +
        'Name a cluster for tests, or take ddnn out of this one: sh delete.sh --data',
    )
  }
  if (marks !== '') await clear()
  const stopKubelets = await playKubelets()
  await makeVolumes()
  return {
    context,
    release: async () => {
      try {
        await clear()
        await removeVolumes()
      } finally {
        stopKubelets()
        await unlock()
      }
    },
  }
}

/** To be called once the namespace is there: it is a test's. */
export async function markNamespace(): Promise<void> {
  await kubectl('annotate', 'namespace', namespace, `${ownMark}=yes`, '--overwrite')
}

/** Applies objects given as plain data. */
export async function apply(...objects: readonly object[]): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items: objects }
  const how = ['--server-side', '--force-conflicts', '--field-manager=test', '--filename=-']
  await kubectlGiven(JSON.stringify(list), 'apply', ...how)
}

/** Objects of these kinds in ddnn's namespace; none where it is not there. */
export async function objects(...kinds: readonly string[]): Promise<readonly ClusterObject[]> {
  const list = await kubectl(
    ...['get', kinds.join(','), '--namespace', namespace, '--ignore-not-found', '--output=json'],
  )
  return list === '' ? [] : (JSON.parse(list) as { items: ClusterObject[] }).items
}

/**
 * Everything that the API server lists, as 'kind namespace/name', sorted. Left out: what comes and goes by
 * itself (events, leases) and the volumes that this file made.
 */
export async function everything(): Promise<readonly string[]> {
  const listed = await kubectl('api-resources', '--verbs=list', '--output=name')
  const kinds = listed
    .split('\n')
    .filter((kind) => !/^(events|leases|componentstatuses)\b/.test(kind))
  const template =
    '{{range .items}}{{.kind}} {{with .metadata.namespace}}{{.}}/{{end}}{{.metadata.name}}{{"\\n"}}{{end}}'
  const list = await kubectl(
    ...['get', kinds.join(','), '--all-namespaces', `--output=go-template=${template}`],
  )
  return [...new Set(list.split('\n'))].filter((line) => !line.includes(volumePrefix)).sort()
}

/** Makes a kind known to the API server, by the definition that its project publishes. */
export async function makeKnown(crd: string): Promise<void> {
  await kubectl('apply', '--server-side', '--filename', await definitionFile(crd))
  await kubectl('wait', '--for=condition=Established', 'crd', nameOfCrd(crd), '--timeout=30s')
}

export async function makeUnknown(crd: string): Promise<void> {
  await kubectl('delete', 'crd', nameOfCrd(crd), '--ignore-not-found')
}

function nameOfCrd(crd: string): string {
  const [group, plural] = crd.split('_')
  return `${plural}.${group}`
}

async function clear(): Promise<void> {
  await kubectl('delete', 'namespace', namespace, '--ignore-not-found', '--timeout=60s')
}

const volumePrefix = 'ddnn-test-'

/** A default class with volumes, where the cluster has none. */
async function makeVolumes(): Promise<void> {
  await removeVolumes()
  const defaults = await kubectl(
    ...['get', 'storageclass', '--output'],
    `jsonpath={.items[*].metadata.annotations.storageclass\\.kubernetes\\.io/is-default-class}`,
  )
  if (defaults.includes('true')) return
  const name = `${volumePrefix}class`
  const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' }
  const storageClass = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name, annotations },
    provisioner: 'kubernetes.io/no-provisioner',
  }
  const volumes = Array.from({ length: 12 }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `${volumePrefix}${index}` },
    spec: {
      capacity: { storage: '20Gi' },
      accessModes: ['ReadWriteOnce'],
      // As a cloud's disks: gone with their claims. Kubernetes deletes no other paths of a host than in /tmp.
      persistentVolumeReclaimPolicy: 'Delete',
      storageClassName: name,
      hostPath: { path: join('/tmp', `${volumePrefix}volume-${index}`) },
    },
  }))
  await apply(storageClass, ...volumes)
}

async function removeVolumes(): Promise<void> {
  const names = await kubectl('get', 'persistentvolumes,storageclasses', '--output=name')
  const ours = names.split('\n').filter((name) => name.includes(`/${volumePrefix}`))
  if (ours.length > 0) await kubectl('delete', ...ours)
}

/** Fake nodes have no kubelet that says it lives; without one their Pods are taken for lost after 40 s. */
async function playKubelets(): Promise<() => void> {
  const list = await kubectl('get', 'nodes', '--output=json')
  const nodes = (JSON.parse(list) as { items: ClusterObject[] }).items
    .filter(({ metadata }) => metadata.annotations?.['kwok.x-k8s.io/node'] !== undefined)
    .map(({ metadata }) => metadata.name)
  if (nodes.length === 0) return () => {}
  const disk = { 'ephemeral-storage': '100Gi' }
  const patch = JSON.stringify({ status: { allocatable: disk, capacity: disk } })
  for (const node of nodes) {
    await kubectl('patch', 'node', node, '--subresource=status', '--patch', patch)
  }
  const beat = () =>
    apply(
      ...nodes.map((name) => ({
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name, namespace: 'kube-node-lease' },
        spec: {
          holderIdentity: name,
          leaseDurationSeconds: 40,
          renewTime: microTime(),
        },
      })),
    )
  await beat()
  await kubectl('wait', '--for=condition=Ready', 'nodes', ...nodes, '--timeout=60s')
  // A beat that fails once is made up for by the next one.
  const timer = setInterval(() => void beat().catch(() => {}), 10_000)
  timer.unref()
  return () => clearInterval(timer)
}
