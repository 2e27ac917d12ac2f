// The Kubernetes manifests run end to end: everything is read back from a real API server, and each Pod's
// container is started on this machine with exactly its environment, volumes, user and probes, in a network
// of its own where names are those of the Services. `npm run test:k8s`; it needs root, iproute2, an OCI
// runtime and KUBECONFIG.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { drawSamples, type Samples } from '../containers/setup.ts'
import type { CsvRow } from '../helpers/cli.ts'
import { takeCluster, type TestCluster } from './cluster.ts'
import { bringOverlay, requireMachine } from './continuum/api-server.ts'
import { createCluster, type LocalCluster } from './continuum/cluster.ts'
import { askLocally, askOutside, assertAnswers } from './continuum/device.ts'
import { runTool, withAdminInside } from './continuum/kafka-client.ts'
import { createNetwork, type Network } from './continuum/network.ts'
import { podsNamed, type Pod } from './continuum/objects.ts'
import { rollOut } from './continuum/rollout.ts'
import type { RunningPod } from './continuum/running-pod.ts'

const topics = ['deviceedge', 'edgedevice', 'edgecloud', 'cloudedge', 'devicecloud', 'clouddevice']
/** Of the edge's eight replicas; as many as the machine of a test can bear. */
const edges = 2

describe('the overlay `single`, read back from the API server and run here', () => {
  let server: TestCluster
  let network: Network
  let cluster: LocalCluster
  let samples: Samples
  let local: ReadonlyMap<string, CsvRow>
  let brokers: readonly RunningPod[]
  let edge: readonly RunningPod[]
  let cloud: readonly RunningPod[]
  let solo: readonly RunningPod[]

  before(async () => {
    requireMachine()
    server = await takeCluster()
    const objects = await bringOverlay('single')
    network = createNetwork()
    cluster = await createCluster(objects, network)
    samples = await drawSamples(20)
    local = await askLocally(samples)
  })

  after(async () => {
    await cluster?.remove()
    network?.remove()
    await server?.release()
  })

  const start = (pods: readonly Pod[]) => Promise.all(pods.map((pod) => cluster.startPod(pod)))
  const untilReady = (pods: readonly RunningPod[]) =>
    Promise.all(pods.map((pod) => pod.untilReady()))

  test('three brokers find each other by their names', async () => {
    brokers = await start(podsNamed(cluster.objects, 'kafka'))
    assert.equal(brokers.length, 3)
    await untilReady(brokers)
    const { brokers: known } = await withAdminInside(cluster, (admin) => admin.describeCluster())
    const names = known.map(({ host, port }) => `${host}:${port}`).sort()
    const domain = `kafka.${cluster.objects.namespace}.svc:9092`
    assert.deepEqual(names, [`kafka-0.${domain}`, `kafka-1.${domain}`, `kafka-2.${domain}`])
  })

  test('the Job makes topics, a user and limits, and nothing new a second time', async () => {
    const [job] = podsNamed(cluster.objects, 'kafka-setup')
    const [broker] = brokers
    assert.ok(job !== undefined && broker !== undefined)
    await cluster.runPod(job)
    const made = await stateOf(broker)
    await cluster.runPod(job)
    assert.deepEqual(await stateOf(broker), made)
    for (const topic of topics) {
      const found = made.topics.find(({ name }) => name === topic)
      assert.equal(found?.partitions.length, 8, topic)
      assert.ok(found.partitions.every(({ replicas }) => replicas.length === 3))
    }
    assert.match(
      made.users,
      /SCRAM credential configs for user-principal 'device' are SCRAM-SHA-512/,
    )
    assert.match(
      made.users,
      /Quota configs for the default user-principal are .*producer_byte_rate/,
    )
  })

  test('edge, cloud and solo-cloud become ready by their own probes', async (t) => {
    const { objects } = cluster
    edge = await start(podsNamed(objects, 'edge').slice(0, edges))
    cloud = await start(podsNamed(objects, 'cloud'))
    solo = await start(podsNamed(objects, 'solo-cloud'))
    await untilReady([...edge, ...cloud, ...solo])
    for (const [image, form] of cluster.forms()) t.diagnostic(`${image}: ${form}`)
  })

  test('NetworkPolicies are in force: an edge reaches what it needs and nothing else', async () => {
    const [from] = edge
    assert.ok(from !== undefined)
    assert.equal(await tryToConnect(from, 'kafka-1.kafka', 9092), 'connected')
    for (const [host, port] of [
      ['kafka-1.kafka', 9093],
      ['cloud', 8080],
    ] as const) {
      assert.equal(await tryToConnect(from, host, port), 'timeout', `${host}:${port}`)
    }
  })

  test('a device outside gets 200 answers of edge and cloud, each that of a local run', async () => {
    const asked = { requests: 'deviceedge', replies: 'edgedevice', samples }
    const rows = await askOutside(cluster, network, asked)
    assert.equal(rows.size, 200)
    assertAnswers(rows, local, edgeOrCloud)
  })

  test('a device outside gets 200 answers of solo-cloud', async () => {
    const asked = { requests: 'devicecloud', replies: 'clouddevice', samples }
    const rows = await askOutside(cluster, network, asked)
    assert.equal(rows.size, 200)
    assertAnswers(rows, local, () => 'solo-cloud')
  })

  test('a rolling update of edge and cloud loses no answer and makes no fallback', async (t) => {
    const asked = { requests: 'deviceedge', replies: 'edgedevice', samples }
    let isRolling = true
    let answers = 0
    // Two, so that one always has requests under way.
    const devices = Array.from({ length: 2 }, async () => {
      do {
        const rows = await askOutside(cluster, network, asked)
        assertAnswers(rows, local, edgeOrCloud)
        answers += rows.size
      } while (isRolling)
    })
    const roll = async () => {
      edge = await update('edge', edge)
      cloud = await update('cloud', cloud)
    }
    await Promise.all([roll().finally(() => (isRolling = false)), ...devices])
    t.diagnostic(`${answers} answers during the update`)
  })

  test('no liveness probe failed as often as would restart a Pod', () => {
    assert.deepEqual(cluster.killed, [])
  })

  test('on SIGTERM every tier ends with exit code 0 within its grace period', async () => {
    for (const pod of [...edge, ...cloud, ...solo]) {
      assert.equal(await pod.terminate(), 0, `${pod.name}\n${pod.running.output()}`)
    }
  })

  test('on SIGTERM every broker hands over and ends within its grace period', async () => {
    const codes = await Promise.all(brokers.map((broker) => broker.terminate()))
    // Java's own way to say that a signal ended it in order.
    assert.deepEqual(codes, [143, 143, 143])
  })

  /** What the Job is there for, as the brokers tell it. */
  async function stateOf(broker: RunningPod) {
    const { topics } = await withAdminInside(cluster, (admin) => admin.fetchTopicMetadata())
    const users = await runTool(broker, 'kafka-configs', '--describe', '--entity-type', 'users')
    return {
      users,
      topics: topics
        .filter(({ name }) => !name.startsWith('__'))
        .map(({ name, partitions }) => ({
          name,
          partitions: partitions
            .map(({ partitionId, replicas }) => ({ partitionId, replicas: replicas.toSorted() }))
            .toSorted((one, other) => one.partitionId - other.partitionId),
        }))
        .toSorted((one, other) => (one.name < other.name ? -1 : 1)),
    }
  }

  /** By Pods as the API server's, with new names as new ones have. */
  function update(name: string, old: readonly RunningPod[]): Promise<readonly RunningPod[]> {
    const deployment = cluster.objects.deployments.find(({ metadata }) => metadata.name === name)
    const [pod] = podsNamed(cluster.objects, name)
    assert.ok(deployment !== undefined && pod !== undefined, name)
    return rollOut(cluster, deployment, old, (index) => ({
      ...pod,
      metadata: { ...pod.metadata, name: `${name}-updated-${index}` },
    }))
  }
})

/** What becomes of a connection from the Pod's own container. */
async function tryToConnect(from: RunningPod, host: string, port: number): Promise<string> {
  const script = `const socket = require('net').connect({ host: '${host}', port: ${port}, timeout: 3000 })
    const end = (what) => { console.log(what); process.exit() }
    socket.on('connect', () => end('connected')).on('timeout', () => end('timeout'))
    socket.on('error', (error) => end(error.message))`
  const { stdout } = await from.running.exec(['node', '-e', script])
  return stdout.trim()
}

/** Fog and cloud are one tier here. */
const edgeOrCloud = (localExit: string) => (localExit === 'edge' ? 'edge' : 'cloud')
