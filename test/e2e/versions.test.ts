// Releases side by side on a real Kafka. A release of another wire version is refused and never misread, whichever
// of the two asks; tiers are replaced one by one, by the same release or by another family of models, under a device
// that keeps asking, and no sample is lost, answered wrongly or answered by fallback.
import assert from 'node:assert/strict'
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { wires } from '../../src/serving/wire/detect.ts'
import { readCsv, runCli, tempFolder, type CsvRow, type RunningCli } from '../helpers/cli.ts'
import { labelledImages } from '../helpers/images.ts'
import { randomName, readTopic, testClient } from '../helpers/kafka.ts'
import { repoPath } from '../helpers/paths.ts'
import {
  backFlags,
  deviceFlags,
  exactFeatures,
  frontFlags,
  localAnswers,
  models,
  newTopics,
  startCluster,
  startTier,
  stopTiers,
  type Cluster,
  type Topics,
} from './chain.ts'
import {
  assertOwnAnswer,
  expectedHops,
  localTruth,
  middleThreshold,
  rawExits,
  runDevice,
  type Truth,
} from './peers.ts'

const count = 20
const thisRelease = repoPath('dist', 'main.js')
const nextRelease = releaseOfVersion(2)

let cluster: Cluster
let images: string
let expected: ReadonlyMap<string, CsvRow>

before(async () => {
  cluster = await startCluster()
  images = await labelledImages(count / 5)
  expected = await localAnswers(images, '--engine', 'wasm', '--threshold', '1.1')
})
after(() => cluster.kafka.stop())

/** A whole release like this one, whose wire version is another: started as any other. */
function releaseOfVersion(version: number): string {
  const folder = tempFolder()
  cpSync(repoPath('dist'), join(folder, 'dist'), { recursive: true })
  cpSync(repoPath('package.json'), join(folder, 'package.json'))
  symlinkSync(repoPath('node_modules'), join(folder, 'node_modules'))
  const file = join(folder, 'dist', 'domain', 'wire-version.js')
  const source = readFileSync(file, 'utf8')
  const changed = source.replace(/wireVersion = 1\b/, `wireVersion = ${version}`)
  assert.notEqual(changed, source)
  writeFileSync(file, changed)
  return join(folder, 'dist', 'main.js')
}

const wasm = ['--engine', 'wasm']

/** One tier with an exit that is never sure of anything, and one that answers for fog and cloud. */
const edgeFlags = (topics: Topics) => [
  ...['--models', models('edge'), '--name', 'local_edge', '--threshold', '1.1', ...wasm],
  ...exactFeatures,
  ...backFlags(cluster, topics.deviceToEdge, topics.edgeToDevice),
  ...frontFlags(cluster, topics.edgeToFog, topics.fogToEdge),
]
const cloudFlags = (topics: Topics) => [
  ...['--models', models('fog'), models('cloud'), '--name', 'local_cloud', ...wasm],
  ...backFlags(cluster, topics.edgeToFog, topics.fogToEdge),
]

async function metricsOf(tier: RunningCli): Promise<string> {
  const [, port = ''] = await tier.waitFor(/"port":(\d+)/)
  return (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
}

/** The value of one line of metrics; 0 where there is none. */
async function counted(tier: RunningCli, line: string): Promise<number> {
  const metrics = await metricsOf(tier)
  const found = metrics.split('\n').find((text) => text.startsWith(`${line} `))
  return Number(found?.slice(line.length) ?? 0)
}

for (const [title, asker, front] of [
  ['an old release asks a new one', thisRelease, nextRelease],
  ['a new release asks an old one', nextRelease, thisRelease],
] as const) {
  test(`${title}: refused in both places, answered by fallback, and the front lives on`, async () => {
    const topics = newTopics()
    const [edge, cloud] = await Promise.all([
      startTier(edgeFlags(topics), { entry: asker }),
      startTier(cloudFlags(topics), { entry: front }),
    ])
    const output = join(tempFolder(), 'results.csv')
    const device = await runCli(deviceFlags(cluster, topics, images, output), { entry: asker })
    assert.equal(device.code, 0, device.stderr)

    // What the device sees: each image answered, by the edge itself, and marked.
    const rows = readCsv(output)
    assert.equal(rows.length, count)
    for (const row of rows) {
      assert.equal(row.Error, '', row.File)
      assert.equal(row.Fallback, 'true', row.File)
      assert.equal(row.Exit, 'local_edge', row.File)
      assert.equal(row.Edge_Prediction, expected.get(row.File ?? '')?.Edge_Prediction, row.File)
    }

    // What the asker says: the reason, with both versions, once in its log and each time in its counter.
    const reason = '{tier="local_edge",reason="DDNN_FRAME_VERSION"}'
    assert.equal(await counted(edge, `ddnn_fallbacks_total${reason}`), count)
    const [own, other] = asker === thisRelease ? [1, 2] : [2, 1]
    const told = edge.output().match(/"msg":"no answer of the front.*/g) ?? []
    assert.equal(told.length, 1)
    assert.match(told[0] ?? '', new RegExp(`Expected wire version ${own}, got ${other}`))

    // What the front says: nothing computed, all refused and put aside with the reason.
    const { edgeToFog } = topics
    const errors = 'ddnn_requests_total{tier="local_cloud",outcome="error"}'
    const letters = `ddnn_dead_letters_total{topic="${edgeToFog}",code="DDNN_FRAME_VERSION"}`
    assert.equal(await counted(cloud, errors), count)
    assert.equal(await counted(cloud, letters), count)
    assert.doesNotMatch(await metricsOf(cloud), /^ddnn_exit_total.* [1-9]/m)
    for (const { headers } of await readTopic(cluster.kafka, `${edgeToFog}_dlq`, count)) {
      assert.equal(headers['error-code'], 'DDNN_FRAME_VERSION')
      assert.equal(headers['error-message'], `Expected wire version ${other}, got ${own}`)
      assert.equal(headers['ddnn-version'], String(own))
    }

    // The rest is the same code in either release: once is enough.
    if (asker !== thisRelease) return stopTiers([edge, cloud])

    // Who speaks the front's version is answered as ever.
    const peer = await runCli(
      [
        ...['-i', images, '-l', repoPath('data', 'labels.txt'), '--name', 'peer', '-o', output],
        ...['--models', models('edge'), '--threshold', '1.1', ...wasm],
        ...exactFeatures,
        ...frontFlags(cluster, edgeToFog, topics.fogToEdge),
      ],
      { entry: front },
    )
    assert.equal(peer.code, 0, peer.stderr)
    for (const row of readCsv(output)) {
      assert.equal(row.Fallback, 'false', row.File)
      assert.equal(row.Exit, 'local_cloud', row.File)
    }

    // A device has no exit of its own: its samples fail, each with the reason.
    const stranger = await runCli(
      [...deviceFlags(cluster, topics, images, output), '--limit', '3'],
      { entry: front },
    )
    assert.equal(stranger.code, 1, stranger.stderr)
    const failed = readCsv(output)
    assert.equal(failed.length, 3)
    for (const row of failed) assert.match(row.Error ?? '', /DDNN_FRAME_VERSION/)
    await stopTiers([edge, cloud])
  })
}

test('of a request that names another version nothing is believed, and its asker is told', async () => {
  const topics = newTopics()
  const tier = await startTier([
    ...['--models', models('model'), '--name', 'all', ...wasm],
    ...backFlags(cluster, topics.deviceToEdge, topics.edgeToDevice),
  ])
  const frame = wires.binary.encodeRequest(
    { dtype: 'uint8', shape: [180, 180, 3], data: new Uint8Array(180 * 180 * 3) },
    { family: undefined, labelsHash: undefined },
  )
  const producer = testClient(cluster.kafka.bootstrap).producer()
  await producer.connect()
  // Looks like one of ours but for the header, whose budget, by our reading, is over already.
  const headers = { 'ddnn-version': '2', 'correlation-id': 'later:1', 'budget-ms': '0' }
  const value = Buffer.from(frame)
  await producer.send({ topic: topics.deviceToEdge, messages: [{ value, headers }] })
  await producer.disconnect()
  const [reply] = await readTopic(cluster.kafka, topics.edgeToDevice, 1)
  assert.equal(reply?.headers['correlation-id'], 'later:1')
  assert.equal(reply?.headers['ddnn-version'], '1')
  const { problem, result } = wires.binary.decodeReply(reply?.value ?? new Uint8Array(0))
  assert.equal(problem?.code, 'DDNN_FRAME_VERSION')
  assert.equal(result, undefined)
  const [letter] = await readTopic(cluster.kafka, `${topics.deviceToEdge}_dlq`, 1)
  assert.deepEqual(letter?.value, value)
  await stopTiers([tier])
})

/** The shipped models as another family: what docs/upgrading.md calls the next one. */
function nextFamily(): (name: string) => string {
  const folder = tempFolder()
  for (const name of ['edge', 'fog', 'cloud']) {
    cpSync(models(name), join(folder, name), { recursive: true })
    const file = join(folder, name, 'ddnn.json')
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as object
    writeFileSync(file, JSON.stringify({ ...manifest, family: 'next' }))
  }
  return (name) => join(folder, name)
}

/** Devices that ask one after another until `work` is done; every answer of theirs must be the image's own. */
async function whileAsked(
  topics: Topics,
  truth: Truth,
  threshold: number,
  work: () => Promise<void>,
): Promise<void> {
  const hops = expectedHops(truth, threshold)
  let isDone = false
  const ask = async () => {
    while (!isDone) {
      const front = frontFlags(cluster, topics.deviceToEdge, topics.edgeToDevice)
      const answers = await runDevice(images, [...front, '--max-in-flight', '4'], { paceMs: 100 })
      assert.deepEqual(
        answers.map(({ file }) => file),
        [...truth.keys()],
      )
      for (const answered of answers) {
        assertOwnAnswer(answered, truth, hops.get(answered.file) ?? 0)
      }
    }
  }
  const done = work().finally(() => (isDone = true))
  await Promise.all([ask(), done])
}

test('replicas, then the family of models, are replaced one by one: every sample is answered', async () => {
  const truth = await localTruth(images)
  const threshold = middleThreshold(truth)
  const topics = newTopics()
  const exits = [...rawExits(threshold), ...wasm]
  const edgeGroup = randomName('edge')
  const edge = (at: Topics, of = models) =>
    startTier([
      ...['--models', of('edge'), '--name', 'local_edge', '--group-id', edgeGroup, ...exits],
      ...backFlags(cluster, topics.deviceToEdge, topics.edgeToDevice),
      ...exactFeatures,
      ...frontFlags(cluster, at.edgeToFog, at.fogToEdge),
    ])
  const fog = (at: Topics, of = models) =>
    startTier([
      ...['--models', of('fog'), '--name', 'local_fog', ...exits],
      ...backFlags(cluster, at.edgeToFog, at.fogToEdge),
      ...exactFeatures,
      ...frontFlags(cluster, at.fogToCloud, at.cloudToFog),
    ])
  const cloud = (at: Topics, of = models) =>
    startTier([
      ...['--models', of('cloud'), '--name', 'local_cloud', ...exits],
      ...backFlags(cluster, at.fogToCloud, at.cloudToFog),
    ])
  const tiers = await Promise.all([edge(topics), edge(topics), fog(topics), fog(topics)])
  const [edgeA, edgeB, fogA, fogB] = tiers
  const oldCloud = await cloud(topics)
  const left: RunningCli[] = []

  await whileAsked(topics, truth, threshold, async () => {
    for (const old of [fogA, fogB]) {
      left.push(await fog(topics))
      await stopTiers([old])
    }
  })

  // The next family's front stands on topics of its own before anyone of that family asks it.
  const nextTopics = newTopics()
  const family = nextFamily()
  const next = await Promise.all([fog(nextTopics, family), cloud(nextTopics, family)])
  await whileAsked(topics, truth, threshold, async () => {
    for (const old of [edgeA, edgeB]) {
      next.push(await edge(nextTopics, family))
      await stopTiers([old])
    }
  })
  // Both generations worked, and none was asked by the other.
  for (const tier of [...left, oldCloud, ...next]) {
    const metrics = await metricsOf(tier)
    assert.doesNotMatch(metrics, /^ddnn_model_mismatches_total\S* [1-9]/m)
  }
  const [nextFog] = next
  assert.ok(nextFog !== undefined)
  assert.ok(
    (await counted(nextFog, 'ddnn_requests_total{tier="local_fog",outcome="exit"}')) +
      (await counted(nextFog, 'ddnn_requests_total{tier="local_fog",outcome="offload"}')) >
      0,
  )
  await stopTiers([...left, oldCloud, ...next])
})
