// An API server would take every object of every overlay, and this test would notice one that it would not.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { tempFolder } from '../helpers/cli.ts'
import { deploymentWithFiles, objectsOf } from '../helpers/deployments.ts'
import { type Manifest, ofKind, oneOf } from '../helpers/kubernetes.ts'
import { buildOverlay } from '../helpers/kustomize.ts'
import { repoPath } from '../helpers/paths.ts'
import { schemaProblems } from './manifest-schemas.ts'
import { overlayNamed, overlays } from './overlays.ts'

const monitored = await buildOverlay(overlayWith('single', 'monitoring'))
const spread = await buildOverlay(overlayWith('cloud-keda', 'spread-brokers'))
const ephemeral = await buildOverlay(overlayWith('single', 'ephemeral-data'))

test('every object of every overlay, with components too, and of `ddnn manifests` fits the schema of its kind', async () => {
  // Overlays share most of their objects.
  const objects = [...overlays.values(), monitored, spread, ephemeral].flat()
  const different = new Map(objects.map((object) => [JSON.stringify(object), object]))
  const files = ['--brokers', 'kafka.kafka', '--models-claim', 'models']
  const problems = await schemaProblems({
    overlays: [...different.values()],
    made: objectsOf(repoPath('test', 'golden', 'deployment', 'ddnn.yaml')),
    'made, with files': objectsOf(deploymentWithFiles(), ...files),
  })
  assert.deepEqual(problems, {})
})

test('what is wrong is refused, by unknown fields too', async () => {
  const scaled = overlayNamed('single-keda')
  const edge = oneOf(scaled, 'Deployment', 'edge')
  const kafka = oneOf(scaled, 'StatefulSet', 'kafka')
  const lag = oneOf(scaled, 'ScaledObject', 'edge')
  const monitor = oneOf(monitored, 'ServiceMonitor', 'tiers')
  const wrong = {
    'a field that Deployments do not have': spoilt(edge, { replica: 8 }),
    'text where StatefulSets have a number': spoilt(kafka, { replicas: 'three' }),
    'a field that ScaledObjects do not have': spoilt(lag, { maxReplicas: 8 }),
    'text where ScaledObjects have a number': spoilt(lag, { maxReplicaCount: '8' }),
    'a field that ServiceMonitors do not have': spoilt(monitor, { endpoint: [] }),
    'a kind that nothing is known of': [
      { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'widget' } },
    ],
  }
  const right = { edge: [edge], kafka: [kafka], lag: [lag], monitor: [monitor] }
  const problems = await schemaProblems({ ...wrong, ...right })
  assert.deepEqual(Object.keys(problems).sort(), Object.keys(wrong).sort())
})

test('spread-brokers puts no two brokers on one node', () => {
  const { spec } = oneOf(spread, 'StatefulSet', 'kafka')
  const { affinity } = (spec?.['template'] as { spec: { affinity: { podAntiAffinity: object } } })
    .spec
  assert.deepEqual(Object.keys(affinity.podAntiAffinity), [
    'requiredDuringSchedulingIgnoredDuringExecution',
  ])
})

test('ephemeral-data asks the cluster for no volume, and brokers still have a place for their data', () => {
  const { spec } = oneOf(ephemeral, 'StatefulSet', 'kafka')
  assert.equal(spec?.['volumeClaimTemplates'], undefined)
  const pod = (spec?.['template'] as { spec: { volumes: { name: string }[] } }).spec
  const data = pod.volumes.filter(({ name }) => name === 'data')
  assert.deepEqual(data, [{ name: 'data', emptyDir: { sizeLimit: '20Gi' } }])
})

test('the ServiceMonitor finds the Services of the tiers and their port', () => {
  const monitor = oneOf(monitored, 'ServiceMonitor', 'tiers').spec as {
    selector: { matchLabels: Record<string, string> }
    endpoints: [{ port: string }]
  }
  const services = ofKind(monitored, 'Service').filter(({ metadata }) =>
    Object.entries(monitor.selector.matchLabels).every(
      ([key, value]) => metadata.labels?.[key] === value,
    ),
  )
  assert.deepEqual(services.map(({ metadata }) => metadata.name).sort(), [
    'cloud',
    'edge',
    'solo-cloud',
  ])
  for (const { spec } of services) {
    const ports = spec?.['ports'] as { name: string }[]
    assert.ok(ports.some(({ name }) => name === monitor.endpoints[0].port))
  }
})

function spoilt(
  manifest: Manifest,
  fields: Readonly<Record<string, unknown>>,
): readonly Manifest[] {
  return [{ ...manifest, spec: { ...manifest.spec, ...fields } }]
}

/** A kustomization of one's own that adds a component, as docs/kubernetes.md shows. */
function overlayWith(overlay: string, component: string): string {
  const own = join(tempFolder(), 'own')
  mkdirSync(own)
  const from = (path: string) => relative(own, repoPath('k8s', path))
  writeFileSync(
    join(own, 'kustomization.yaml'),
    [
      'apiVersion: kustomize.config.k8s.io/v1beta1',
      'kind: Kustomization',
      'namespace: ddnn',
      `resources: [${from(`overlays/${overlay}`)}]`,
      `components: [${from(`components/${component}`)}]`,
      '',
    ].join('\n'),
  )
  return own
}
