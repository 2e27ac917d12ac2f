// The objects of each overlay: scaled one way, fenced, probed, found by what selects them.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { isWorkload, ofKind, oneOf, type Workload } from '../helpers/kubernetes.ts'
import { repoPath } from '../helpers/paths.ts'
import { configMapNamed, overlayNamed, overlays, podsOf } from './overlays.ts'

test('one cluster, an edge cluster and a cloud cluster: fixed, by HPA and by KEDA', () => {
  const kinds = ['single', 'edge', 'cloud']
  const names = kinds.flatMap((kind) => [kind, `${kind}-hpa`, `${kind}-keda`])
  assert.deepEqual([...overlays.keys()].sort(), names.sort())
})

for (const [overlay, manifests] of overlays) {
  describe(`overlay ${overlay}`, () => {
    const pods = podsOf(manifests)
    const containers = pods.flatMap(({ owner, spec }) =>
      [...spec.containers, ...(spec.initContainers ?? [])].map((container) => ({
        owner,
        container,
      })),
    )

    test('every object is in the namespace and part of ddnn', () => {
      for (const { kind, metadata } of manifests) {
        if (kind !== 'Namespace') assert.equal(metadata.namespace, 'ddnn', metadata.name)
        assert.equal(metadata.labels?.['app.kubernetes.io/part-of'], 'ddnn', metadata.name)
      }
    })

    test('a Deployment has one autoscaler and no replicas of its own, or replicas and none', () => {
      for (const { metadata, spec } of ofKind<Workload>(manifests, 'Deployment')) {
        const scalers = ['HorizontalPodAutoscaler', 'ScaledObject'].flatMap((kind) =>
          ofKind(manifests, kind).filter(
            (scaler) =>
              (scaler.spec?.['scaleTargetRef'] as { name: string }).name === metadata.name,
          ),
        )
        const isScaled = overlay.includes('-')
        assert.equal(scalers.length, isScaled ? 1 : 0, metadata.name)
        const fixed = metadata.name === 'edge' ? 8 : 1
        assert.equal(spec.replicas, isScaled ? undefined : fixed, metadata.name)
        for (const { kind, spec } of scalers) {
          assert.equal(kind, overlay.endsWith('-hpa') ? 'HorizontalPodAutoscaler' : 'ScaledObject')
          const most = Number(spec?.['maxReplicas'] ?? spec?.['maxReplicaCount'])
          assert.ok(
            most <= Number(configMapNamed(manifests, 'kafka-setup')['PARTITIONS']),
            `${metadata.name}: ${most}`,
          )
        }
      }
    })

    test('a container has limits, and rights for nothing', () => {
      for (const { owner, container } of containers) {
        for (const amount of ['cpu', 'memory']) {
          assert.ok(container.resources?.requests?.[amount], `${owner}: request of ${amount}`)
          assert.ok(container.resources?.limits?.[amount], `${owner}: limit of ${amount}`)
        }
        assert.deepEqual(container.securityContext, {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
      }
      for (const { owner, spec } of pods) {
        assert.equal(spec.securityContext?.['runAsNonRoot'], true, owner)
        assert.deepEqual(spec.securityContext['seccompProfile'], { type: 'RuntimeDefault' }, owner)
        assert.equal(spec.automountServiceAccountToken, false, owner)
        assert.equal(spec.enableServiceLinks, false, owner)
        oneOf(manifests, 'ServiceAccount', spec.serviceAccountName ?? '')
      }
    })

    test('what runs on has probes for start, readiness and life, on ports that it opens', () => {
      for (const { owner, container } of containers.filter(
        ({ owner }) => !owner.startsWith('Job'),
      )) {
        const ports = container.ports?.map(({ name }) => name)
        for (const name of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const) {
          const port = (container[name]?.httpGet ?? container[name]?.tcpSocket)?.port
          assert.ok(ports?.includes(String(port)), `${owner}: ${name} on ${port}`)
        }
      }
    })

    test('an image has a tag, and none is latest', () => {
      for (const { owner, container } of containers) {
        assert.match(container.image, /:(?!latest$)[\w.-]+$/, owner)
      }
    })

    test('every Pod is let through by a policy, and only named ports are open', () => {
      const policies = ofKind(manifests, 'NetworkPolicy')
      assert.deepEqual(oneOf(manifests, 'NetworkPolicy', 'default-deny').spec?.['podSelector'], {})
      for (const { owner, labels } of pods) {
        const own = policies.filter(({ spec }) => {
          const { matchLabels } = spec?.['podSelector'] as { matchLabels?: Record<string, string> }
          return (
            matchLabels !== undefined &&
            Object.entries(matchLabels).every(([key, value]) => labels[key] === value)
          )
        })
        assert.ok(own.length > 0, owner)
      }
    })

    test('selectors of Services, budgets and monitors find Pods', () => {
      for (const kind of ['Service', 'PodDisruptionBudget']) {
        for (const { metadata, spec } of ofKind(manifests, kind)) {
          const selector = (
            kind === 'Service'
              ? spec?.['selector']
              : (spec?.['selector'] as { matchLabels: unknown }).matchLabels
          ) as Record<string, string>
          const found = pods.filter(({ labels }) =>
            Object.entries(selector).every(
              // Given by the controller.
              ([key, value]) => key === 'apps.kubernetes.io/pod-index' || labels[key] === value,
            ),
          )
          assert.equal(found.length, 1, `${kind} ${metadata.name}`)
        }
      }
    })

    test('each broker has a name outside, and a Service of its own', () => {
      const { replicas } = oneOf<Workload>(manifests, 'StatefulSet', 'kafka').spec
      const brokers = Array.from({ length: replicas ?? 0 }, (_, index) => `kafka-${index}`)
      assert.equal(brokers.length, 3)
      assert.deepEqual(Object.keys(configMapNamed(manifests, 'kafka-outside')).sort(), brokers)
      const ports = brokers.map((_, index) => {
        const { spec } = oneOf(manifests, 'Service', `kafka-outside-${index}`)
        assert.equal(
          (spec?.['selector'] as Record<string, string>)['apps.kubernetes.io/pod-index'],
          String(index),
        )
        return (spec?.['ports'] as [{ nodePort: number }])[0].nodePort
      })
      assert.equal(new Set(ports).size, 3)
    })
  })
}

test('the brokers of the manifests are of the version that ddnn is tested with', async () => {
  const script = pathToFileURL(repoPath('scripts', 'install-kafka.mjs')).href
  const { kafkaVersion } = (await import(script)) as { kafkaVersion: string }
  const manifests = overlayNamed('single')
  const images = manifests
    .filter(isWorkload)
    .flatMap(({ spec }) => spec.template.spec.containers.map(({ image }) => image))
    .filter((image) => image.startsWith('apache/kafka'))
  assert.deepEqual(new Set(images), new Set([`apache/kafka:${kafkaVersion}`]))
  assert.equal(images.length, 2)
})
