// The edge cluster and the cloud cluster, each with brokers of its own, as the overlays `edge` and `cloud`
// are read back from a real API server: the edge's front link leaves its cluster by TLS and a user.
// `npm run test:k8s`; needs what continuum.test.ts needs.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { drawSamples, type Samples } from '../containers/setup.ts'
import type { CsvRow } from '../helpers/cli.ts'
import { valuesOf } from '../helpers/kubernetes.ts'
import { takeCluster, type TestCluster } from './cluster.ts'
import { bringOverlay, removeOverlay, requireMachine } from './continuum/api-server.ts'
import { createCluster, type LocalCluster } from './continuum/cluster.ts'
import { askLocally, askOutside, assertAnswers, outsideHosts } from './continuum/device.ts'
import { createNetwork, type Network } from './continuum/network.ts'
import { podsNamed, type NamespaceObjects } from './continuum/objects.ts'
import type { RunningPod } from './continuum/running-pod.ts'

/** Of the edge's eight replicas. */
const edges = 2

describe('the overlays `edge` and `cloud`, read back from the API server and run here', () => {
  let server: TestCluster
  let network: Network
  let edgeCluster: LocalCluster
  let cloudCluster: LocalCluster
  let samples: Samples
  let local: ReadonlyMap<string, CsvRow>
  let tiers: readonly RunningPod[] = []

  before(async () => {
    requireMachine()
    server = await takeCluster()
    // One API server stands for both, one after the other: the NodePorts of two would be the same.
    const cloud = await bringOverlay('cloud')
    await removeOverlay()
    const edge = await bringOverlay('edge', { 'front-access': frontAccess(cloud) })
    network = createNetwork()
    cloudCluster = await createCluster(cloud, network, { index: 1 })
    edgeCluster = await createCluster(edge, network, { hosts: outsideHosts(cloudCluster) })
    samples = await drawSamples(20)
    local = await askLocally(samples)
  })

  after(async () => {
    await edgeCluster?.remove()
    await cloudCluster?.remove()
    network?.remove()
    await server?.release()
  })

  test('each has three brokers, and topics for its own part', async () => {
    for (const cluster of [cloudCluster, edgeCluster]) await bringUpKafka(cluster)
  })

  test('a device outside gets 200 answers of the edge, which asks the cloud by TLS', async () => {
    tiers = [
      ...(await start(cloudCluster, 'cloud', 1)),
      ...(await start(edgeCluster, 'edge', edges)),
    ]
    await Promise.all(tiers.map((pod) => pod.untilReady()))
    const asked = { requests: 'deviceedge', replies: 'edgedevice', samples }
    const rows = await askOutside(edgeCluster, network, asked)
    assert.equal(rows.size, 200)
    assertAnswers(rows, local, (exit) => (exit === 'edge' ? 'edge' : 'cloud'))
  })

  test('on SIGTERM every tier ends with exit code 0 within its grace period', async () => {
    assert.equal(tiers.length, edges + 1)
    for (const pod of tiers) {
      assert.equal(await pod.terminate(), 0, `${pod.name}\n${pod.running.output()}`)
    }
    assert.deepEqual([...edgeCluster.killed, ...cloudCluster.killed], [])
  })
})

/** As docs/kubernetes.md has it made from the cloud cluster's Secrets. */
function frontAccess({ secrets }: NamespaceObjects): Readonly<Record<string, string>> {
  return {
    username: 'edge',
    password: valuesOf(secrets, 'Secret', 'kafka-users')['edge'] ?? '',
    'ca.crt': valuesOf(secrets, 'Secret', 'kafka-tls')['ca.crt'] ?? '',
  }
}

async function bringUpKafka(cluster: LocalCluster): Promise<void> {
  const brokers = await start(cluster, 'kafka', 3)
  await Promise.all(brokers.map((broker) => broker.untilReady()))
  for (const job of podsNamed(cluster.objects, 'kafka-setup')) await cluster.runPod(job)
}

function start(cluster: LocalCluster, name: string, count: number): Promise<RunningPod[]> {
  const pods = podsNamed(cluster.objects, name).slice(0, count)
  assert.equal(pods.length, count, name)
  return Promise.all(pods.map((pod) => cluster.startPod(pod)))
}
