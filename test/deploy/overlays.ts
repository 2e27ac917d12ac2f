// The overlays as kustomize builds them, and what tests read out of them.
import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import type { TierConfig } from '../../src/cli/config.ts'
import { parseCommandLine } from '../../src/cli/parse.ts'
import { resolveRun } from '../../src/cli/roles.ts'
import { tempFolder } from '../helpers/cli.ts'
import {
  configMapsOf,
  type Container,
  environmentOf,
  isWorkload,
  type Manifest,
  type PodSpec,
  type Values,
  type Workload,
} from '../helpers/kubernetes.ts'
import { buildOverlay } from '../helpers/kustomize.ts'
import { repoPath } from '../helpers/paths.ts'

/** What docs/kubernetes.md asks for, with values of the right form. */
export const secrets: Values = new Map([
  ['kafka-cluster', { 'cluster-id': 'MkU3OEVBNTcwNTJENDM2Qg' }],
  ['kafka-tls', { 'broker.pem': '-----BEGIN', 'ca.crt': '-----BEGIN' }],
  ['kafka-users', { device: 'secret', edge: 'secret' }],
  ['front-access', { 'ca.crt': '-----BEGIN', username: 'edge', password: 'secret' }],
])

const folder = repoPath('k8s', 'overlays')

/** The objects of every overlay, by its name. */
export const overlays: ReadonlyMap<string, readonly Manifest[]> = new Map(
  await Promise.all(
    readdirSync(folder).map(async (name): Promise<[string, readonly Manifest[]]> => [
      name,
      await buildOverlay(join(folder, name)),
    ]),
  ),
)

/** @throws Error where there is none */
export function overlayNamed(name: string): readonly Manifest[] {
  const manifests = overlays.get(name)
  if (manifests === undefined) throw new Error(`Expected an overlay '${name}', got none`)
  return manifests
}

export interface Pod {
  /** 'Deployment edge'. */
  readonly owner: string
  readonly labels: Readonly<Record<string, string>>
  readonly spec: PodSpec
}

/** The Pods that an overlay makes, one for each of its workloads. */
export function podsOf(manifests: readonly Manifest[]): readonly Pod[] {
  return manifests.filter(isWorkload).map(({ kind, metadata, spec: { template } }) => ({
    owner: `${kind} ${metadata.name}`,
    labels: template.metadata.labels ?? {},
    spec: template.spec,
  }))
}

/** The environment of a workload's container. @throws Error where a ConfigMap, Secret or key is missing. */
export function containerEnvironment(
  owner: string,
  container: Container,
  manifests: readonly Manifest[],
): Record<string, string> {
  return environmentOf(container, {
    podName: `${owner.split(' ').at(-1)}-0`,
    namespace: 'ddnn',
    labels: { 'apps.kubernetes.io/pod-index': '0' },
    configMaps: configMapsOf(manifests),
    secrets,
  })
}

/** What ddnn makes of a tier's environment; the models come from its image. */
export function tierConfig(tier: Workload, manifests: readonly Manifest[]): TierConfig {
  const [container] = tier.spec.template.spec.containers
  assert.ok(container)
  const environment = containerEnvironment(tier.metadata.name, container, manifests)
  const file = join(tempFolder(), 'file')
  // A certificate as good as any, and a first line that may be a password.
  writeFileSync(file, String(rootCertificates[0]))
  for (const name of Object.keys(environment)) {
    // Mounted from a Secret in the cluster.
    if (environment[name]?.startsWith('/etc/') === true) environment[name] = file
  }
  const line = parseCommandLine('run', [], { ...environment, DDNN_MODELS: 'models' })
  const problems = [...line.problems]
  const config = resolveRun(line.values, problems)
  assert.deepEqual(problems, [], tier.metadata.name)
  assert.ok(config?.role === 'tier')
  return config
}

/** A ConfigMap's values, whatever kustomize adds to its name. */
export function configMapNamed(
  manifests: readonly Manifest[],
  name: string,
): Readonly<Record<string, string>> {
  const found = [...configMapsOf(manifests)].find(
    ([key]) => key.replace(/-[a-z0-9]{10}$/, '') === name,
  )
  assert.ok(found, `ConfigMap ${name}`)
  return found[1]
}

/** The words of a list in the environment, sorted. */
export function words(list = '', separator = ' '): readonly string[] {
  return list
    .split(separator)
    .filter((word) => word !== '')
    .sort()
}
