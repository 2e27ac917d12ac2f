// A continuum on a real broker: each place reaches it over its own link, and nowhere else.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import kafkajs from 'kafkajs'
import type { BrokerListeners } from '../../../src/lab/bench/brokers.ts'
import { givenBrokers, type BenchBrokers } from '../../../src/lab/bench/brokers.ts'
import { continuumContestants } from '../../../src/lab/bench/continuum/contestants.ts'
import { startContinuumLinks, type ContinuumLinks } from '../../../src/lab/bench/continuum/links.ts'
import { readLinkProfile } from '../../../src/lab/links/profile-file.ts'
import { pathBetween } from '../../../src/lab/links/profile.ts'
import { repoPath } from '../../helpers/paths.ts'

const profile = readLinkProfile('wan', repoPath('data', 'links.yaml'))
const tiers = ['edge', 'fog', 'cloud'].map((name) => ({ name, models: [`saved_models/${name}`] }))

describe('a continuum', () => {
  let links: ContinuumLinks
  before(async () => {
    links = await startContinuumLinks(profile, startBroker)
  })
  after(() => links.stop())

  it('who asks is kept to its link, by the broker too, and crosses it both ways', async () => {
    for (const [from, to] of [
      ['edge', 'fog'],
      ['device', 'cloud'],
    ] as const) {
      const address = links.brokersOf(from, to, 'asks')
      const admin = new kafkajs.Kafka({ brokers: [address] }).admin()
      await admin.connect()
      const start = performance.now()
      const { brokers } = await admin.describeCluster()
      const { delayMs } = pathBetween(profile, from, to)
      assert.ok(performance.now() - start >= 2 * delayMs)
      assert.deepEqual(
        brokers.map(({ host, port }) => `${host}:${port}`),
        [address],
      )
      await admin.disconnect()
    }
    const bytes = await links.count()
    assert.deepEqual(Object.keys(bytes).sort(), [
      'device-cloud',
      'device-edge',
      'device-fog',
      'edge-cloud',
      'edge-fog',
      'fog-cloud',
    ])
    const used = Object.entries(bytes).filter(([, { up, down }]) => up > 0 && down > 0)
    assert.deepEqual(used.map(([name]) => name).sort(), ['device-cloud', 'edge-fog'])
  })

  it('who answers reaches the broker without a link', () => {
    assert.equal(links.brokersOf('edge', 'fog', 'answers'), links.brokers.bootstrap)
    assert.notEqual(links.brokersOf('edge', 'fog', 'asks'), links.brokers.bootstrap)
  })

  it('early exit comes first, then cloud-only in every form of an image', () => {
    const common = { flags: [], partitions: 1, maxInFlight: 1, timeoutMs: 1000 }
    const contestants = continuumContestants({ ...common, links, tiers })
    assert.deepEqual(
      contestants.map(({ name, kind }) => [kind, name]),
      [
        ['ddnn', 'ddnn'],
        ['ddnn', 'ddnn, jpeg'],
        ['cloud-only', 'cloud-only float32'],
        ['cloud-only', 'cloud-only uint8'],
        ['cloud-only', 'cloud-only jpeg'],
        ['cloud-only', 'cloud-only jpeg 75'],
        ['cloud-only', 'cloud-only webp 65'],
        ['cloud-only', 'cloud-only avif 50'],
      ],
    )
  })
})

it('brokers that were there are refused: they have no listener a link', async () => {
  const given = givenBrokers('127.0.0.1:9092')
  await assert.rejects(
    startContinuumLinks(profile, () => Promise.resolve(given)),
    { code: 'DDNN_CONFIG_INVALID', message: /a broker of its own/ },
  )
})

async function startBroker(listeners: BrokerListeners): Promise<BenchBrokers> {
  const script = pathToFileURL(repoPath('scripts', 'kafka-broker.mjs')).href
  const starter = (await import(script)) as {
    readonly startBroker: (options: {
      readonly listeners: BrokerListeners
    }) => Promise<Pick<BenchBrokers, 'bootstrap' | 'listeners' | 'stop'>>
  }
  const cluster = await starter.startBroker({ listeners })
  const { bootstrap } = cluster
  return {
    bootstrap,
    listeners: cluster.listeners,
    pid: undefined,
    description: 'of a test',
    stop: () => cluster.stop(),
  }
}
