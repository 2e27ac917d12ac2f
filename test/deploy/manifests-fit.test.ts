// The parts of each overlay fit together: names, addresses, topics and environments, read as ddnn reads
// them.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { envNameOf } from '../../src/cli/flag.ts'
import { flagsOf } from '../../src/cli/flags.ts'
import { deadLetterTopic } from '../../src/serving/transport/dead-letter.ts'
import { clockTopic } from '../../src/serving/transport/kafka/cluster/clock-feed.ts'
import { repoPath } from '../helpers/paths.ts'
import { configMapsOf, ofKind, oneOf, type Workload } from '../helpers/kubernetes.ts'
import {
  configMapNamed,
  containerEnvironment,
  overlayNamed,
  overlays,
  podsOf,
  secrets,
  tierConfig,
  words,
} from './overlays.ts'

for (const [overlay, manifests] of overlays) {
  describe(`overlay ${overlay}`, () => {
    const pods = podsOf(manifests)
    const containers = pods.flatMap(({ owner, spec }) =>
      spec.containers.map((container) => ({ owner, container })),
    )
    const tiers = ofKind<Workload>(manifests, 'Deployment')
    const configs = tiers.map((tier) => ({
      name: tier.metadata.name,
      config: tierConfig(tier, manifests),
    }))
    const setup = configMapNamed(manifests, 'kafka-setup')

    test('ConfigMaps and Secrets that a Pod names are there, with the keys that it takes', () => {
      const configMaps = configMapsOf(manifests)
      for (const { owner, container } of containers)
        containerEnvironment(owner, container, manifests)
      for (const { owner, spec } of pods) {
        const names = new Set(spec.volumes?.map(({ name }) => name))
        for (const { configMap, secret } of spec.volumes ?? []) {
          const source = configMap === undefined ? secret : configMap
          if (source === undefined) continue
          const name = 'name' in source ? source.name : source.secretName
          const values = (configMap === undefined ? secrets : configMaps).get(name)
          assert.ok(values, `${owner}: ${name}`)
          for (const { key } of source.items ?? []) assert.ok(key in values, `${owner}: ${key}`)
        }
        for (const { name, volumeMounts } of spec.containers) {
          for (const mount of volumeMounts ?? []) {
            const isClaim = owner.startsWith('StatefulSet') && mount.name === 'data'
            assert.ok(isClaim || names.has(mount.name), `${name}: volume ${mount.name}`)
          }
        }
      }
    })

    test('ddnn knows every variable of a tier and finds nothing wrong with them', () => {
      const known = new Set(
        flagsOf('run').flatMap((flag) => [envNameOf(flag), flag.bareEnv ?? envNameOf(flag)]),
      )
      for (const { metadata, spec } of tiers) {
        const [container] = spec.template.spec.containers
        assert.ok(container)
        const environment = containerEnvironment(metadata.name, container, manifests)
        const others = Object.keys(environment).filter((name) => !known.has(name))
        assert.deepEqual(others.sort(), ['TF_NUM_INTEROP_THREADS', 'TF_NUM_INTRAOP_THREADS'])
      }
      for (const { name, config } of configs) {
        assert.deepEqual(config.warnings, [], name)
        assert.equal(config.groupId, name)
        assert.equal(config.http?.port, 8080)
      }
    })

    test('KEDA looks at the lag of the group and topic that the tier reads', () => {
      for (const scaler of ofKind(manifests, 'ScaledObject')) {
        const [trigger] = scaler.spec?.['triggers'] as [{ metadata: Record<string, string> }]
        const config = configs.find(({ name }) => name === scaler.metadata.name)?.config
        assert.equal(trigger.metadata['consumerGroup'], config?.groupId)
        assert.equal(trigger.metadata['topic'], config?.back.requestTopic)
        const kafka = oneOf(manifests, 'Service', 'kafka').metadata
        assert.equal(
          trigger.metadata['bootstrapServers'],
          `${kafka.name}.${kafka.namespace}.svc:9092`,
        )
      }
    })

    test('the Job makes every topic that a tier uses, its dead letters too, and no other', () => {
      const links = configs.flatMap(({ config }) => [config.back, config.front])
      const used = links.flatMap((link) =>
        link === undefined ? [] : [link.requestTopic, link.replyTopic],
      )
      const isElsewhere = overlay.startsWith('edge') ? ['edgecloud', 'cloudedge'] : []
      assert.deepEqual(
        words(setup['TOPICS']),
        [...new Set(used)].filter((topic) => !isElsewhere.includes(topic)).sort(),
      )
      assert.deepEqual(
        words(setup['DEAD_LETTER_TOPICS']),
        configs.map(({ config }) => deadLetterTopic(config.back.requestTopic)).sort(),
      )
      assert.equal(setup['CLOCK_TOPIC'], clockTopic)
    })

    test('who comes from outside is a user of the Secret, and asks topics that the Job makes', () => {
      for (const entry of words(setup['ACCESS'])) {
        const [user, ...topics] = entry.split(':')
        assert.ok((secrets.get('kafka-users') ?? {})[String(user)], user)
        assert.equal(topics.length, 2)
        for (const topic of topics) assert.ok(words(setup['TOPICS']).includes(topic), topic)
      }
    })

    test('addresses are names of Services here, or of the other cluster outside', () => {
      const inside = new Set(['kafka-0.kafka:9092', 'kafka-1.kafka:9092', 'kafka-2.kafka:9092'])
      const outside = new Set(Object.values(configMapNamed(overlayNamed('cloud'), 'kafka-outside')))
      const kafka = oneOf(manifests, 'Service', 'kafka')
      assert.equal(kafka.spec?.['clusterIP'], 'None')
      for (const { config } of configs) {
        for (const link of [config.back, config.front]) {
          if (link === undefined) continue
          const isAway = link.side === 'front' && overlay.startsWith('edge')
          const expected = isAway ? outside : inside
          assert.deepEqual(new Set([...link.requestBrokers, ...link.replyBrokers]), expected)
          assert.equal(link.tls !== undefined && link.sasl !== undefined, isAway)
        }
      }
      assert.deepEqual(new Set(words(setup['BOOTSTRAP_SERVERS'], ',')), inside)
    })

    test('no address of the internet protocol stands anywhere', () => {
      assert.doesNotMatch(JSON.stringify(manifests), /\b\d{1,3}(\.\d{1,3}){3}\b/)
    })

    test('a tier may finish its requests before it is killed', () => {
      for (const { metadata, spec } of tiers) {
        const grace = Number(spec.template.spec.terminationGracePeriodSeconds) * 1000
        const config = configs.find(({ name }) => name === metadata.name)?.config
        assert.ok(grace > Number(config?.shutdownTimeoutMs) + 5000, metadata.name)
      }
    })
  })
}

test('docs/kubernetes.md names every Secret that a Pod takes, with its keys', () => {
  const page = readFileSync(repoPath('docs', 'kubernetes.md'), 'utf8')
  for (const pod of [...overlays.values()].flatMap(podsOf)) {
    const mounted = pod.spec.volumes?.flatMap(({ secret }) => secret ?? []) ?? []
    const named = pod.spec.containers.flatMap(({ env }) =>
      (env ?? []).flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []),
    )
    const words = [
      ...mounted.flatMap(({ secretName, items }) => [
        secretName,
        ...(items ?? []).map(({ key }) => key),
      ]),
      ...named.flatMap(({ name, key }) => [name, key]),
    ]
    for (const word of words) assert.ok(page.includes(`\`${word}\``), `${pod.owner}: ${word}`)
  }
})
