// The original's two examples and what must hold beyond them: replicas, many in flight, a dead cloud.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  answerOfRow,
  readCsv,
  runCli,
  startCli,
  tempFolder,
  type CsvRow,
  type RunningCli,
} from '../helpers/cli.ts'
import { chainPhotos, labelledImages } from '../helpers/images.ts'
import {
  assertSameAnswers,
  backFlags,
  deviceFlags,
  exactFeatures,
  localAnswers,
  models,
  newTopics,
  startCluster,
  startTier,
  stopTiers,
  tierFlags,
  type Cluster,
  type TierName,
} from './chain.ts'

let cluster: Cluster
let images: string
let expected: ReadonlyMap<string, CsvRow>

before(async () => {
  cluster = await startCluster()
  images = await labelledImages(40, chainPhotos())
  expected = await localAnswers(images, '--engine', 'tensorflow')
})
after(() => cluster.kafka.stop())

async function portOf(tier: RunningCli): Promise<string> {
  const [, port = ''] = await tier.waitFor(/"port":(\d+)/)
  return port
}

/** Requests that a tier was asked, but for probes. */
async function servedBy(tier: RunningCli): Promise<number> {
  const metrics = await metricsOf(await portOf(tier))
  const counts = metrics.matchAll(/^ddnn_requests_total\{(?!.*"probe").*\} (\d+)/gm)
  return [...counts].reduce((sum, match) => sum + Number(match[1]), 0)
}

const metricsOf = async (port: string) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()

describe("the original's first example: edge, fog and cloud on one broker", () => {
  const topics = newTopics()
  const start = (tier: TierName) => startTier([...tierFlags(cluster, topics, tier), '--tensorflow'])
  let tiers: readonly RunningCli[]
  before(async () => {
    tiers = await Promise.all((['edge', 'fog', 'cloud'] as const).map(start))
  })
  after(() => stopTiers(tiers))

  test('four processes, 200 images, one answer each', async () => {
    const output = join(tempFolder(), 'results.csv')
    const device = await runCli(deviceFlags(cluster, topics, images, output))
    assert.equal(device.code, 0, device.stderr)
    assertSameAnswers(readCsv(output), expected)

    const [edge] = tiers as [RunningCli]
    const port = await portOf(edge)
    const ready = await fetch(`http://127.0.0.1:${port}/v2/health/ready`)
    assert.equal(ready.status, 200)
    const metrics = await metricsOf(port)
    const left = readCsv(output).filter((row) => row.Exit === 'local_edge').length
    assert.match(metrics, new RegExp(`ddnn_exit_total\\{tier="local_edge",exit="0"\\} ${left}\\b`))
  })

  test('a second edge, two devices and 16 in flight: none lost, none given to another image', async () => {
    const [edge] = tiers as [RunningCli]
    const servedBefore = await servedBy(edge)
    const replica = await start('edge')
    tiers = [...tiers, replica]
    const outputs = ['a', 'b'].map((name) => join(tempFolder(), `${name}.csv`))
    // Two devices at once on the same topics: their replies must not cross either.
    const devices = await Promise.all(
      outputs.map((output) =>
        runCli([...deviceFlags(cluster, topics, images, output), '--max-in-flight', '16']),
      ),
    )
    for (const [i, device] of devices.entries()) {
      assert.equal(device.code, 0, device.stderr)
      assertSameAnswers(readCsv(outputs[i] as string), expected)
    }
    const served = [(await servedBy(edge)) - servedBefore, await servedBy(replica)] as const
    assert.equal(served[0] + served[1], 2 * expected.size)
    assert.ok(
      served.every((count) => count > 0),
      `both replicas worked: ${served.join(' and ')}`,
    )
  })
})

test("the original's second example: a device and one computer with three models", async () => {
  const topics = newTopics()
  const flags = ['--models', models('edge'), models('fog'), models('cloud'), '--name', 'local_edge']
  const back = backFlags(cluster, topics.deviceToEdge, topics.edgeToDevice)
  const tier = await startTier([...flags, ...back, '--tensorflow'])
  const output = join(tempFolder(), 'results.csv')
  const device = await runCli(deviceFlags(cluster, topics, images, output))
  assert.equal(device.code, 0, device.stderr)
  const rows = readCsv(output)
  assert.equal(rows.length, expected.size)
  for (const row of rows) {
    const local = expected.get(row.File ?? '') as CsvRow
    assert.equal(answerOfRow(row), answerOfRow(local), row.File)
    assert.equal(row.Exit, 'local_edge')
    assert.equal(row.Fog_Prediction, '')
  }
  await stopTiers([tier])
})

test('a local run with a front link offloads what its models are not sure of', async () => {
  const topics = newTopics()
  const tiers = await Promise.all(
    (['fog', 'cloud'] as const).map((tier) =>
      startTier([...tierFlags(cluster, topics, tier), '--engine', 'wasm']),
    ),
  )
  const output = join(tempFolder(), 'results.csv')
  const flags = deviceFlags(
    cluster,
    { ...topics, deviceToEdge: topics.edgeToFog, edgeToDevice: topics.fogToEdge },
    images,
    output,
  )
  const device = await runCli([...flags, '--models', models('edge'), ...exactFeatures])
  assert.equal(device.code, 0, device.stderr)
  assertSameAnswers(readCsv(output), expected)
  await stopTiers(tiers)
})

test('every way to send an image gives the same answers', async () => {
  const topics = newTopics()
  const tier = await startTier([
    ...['--models', models('model'), '--name', 'all', '--engine', 'tensorflow'],
    ...backFlags(cluster, topics.deviceToEdge, topics.edgeToDevice),
  ])
  const answers = []
  for (const flags of [
    ['--send', 'uint8'],
    ['--send', 'float32'],
    ['--send', 'jpeg'],
    ['--wire-front', 'json'],
  ]) {
    const output = join(tempFolder(), 'results.csv')
    const args = [...deviceFlags(cluster, topics, images, output), '--limit', '20', ...flags]
    const device = await runCli(args)
    assert.equal(device.code, 0, device.stderr)
    answers.push(
      readCsv(output).map((row) => [row.File, answerOfRow(row), Number(row.Confidence).toFixed(3)]),
    )
  }
  for (const other of answers.slice(1)) assert.deepEqual(other, answers[0])
  await stopTiers([tier])
})

test('the cloud killed in mid-run: every answer comes within its time limit, marked as fallback', async () => {
  const topics = newTopics()
  const never = ['--threshold', '1.1', '--tensorflow']
  const [edge, fog, cloud] = await Promise.all(
    (['edge', 'fog', 'cloud'] as const).map((tier) =>
      startTier([...tierFlags(cluster, topics, tier), ...never]),
    ),
  )
  const output = join(tempFolder(), 'results.csv')
  const timeLimit = ['--timeout-ms', '4000', '--max-in-flight', '4']
  const device = startCli([...deviceFlags(cluster, topics, images, output), ...timeLimit])
  const deadline = Date.now() + 60_000
  for (let rows = 0; rows < 20;) {
    assert.ok(Date.now() < deadline, device.output())
    await new Promise((resolve) => setTimeout(resolve, 50))
    rows = await Promise.resolve()
      .then(() => readCsv(output).length)
      .catch(() => 0)
  }
  await cloud?.stop('SIGKILL')
  const { code, stderr } = await device.ended
  assert.equal(code, 0, stderr)
  const rows = readCsv(output)
  assert.equal(rows.length, expected.size)
  for (const row of rows) {
    assert.notEqual(answerOfRow(row), '', row.File)
    assert.ok(Number(row.Prediction_Time) < 4, `${row.File} took ${row.Prediction_Time} s`)
  }
  const fallbacks = rows.filter((row) => row.Fallback === 'true')
  assert.ok(fallbacks.length >= 100, `${fallbacks.length} fallbacks`)
  for (const row of fallbacks) assert.equal(row.Exit, 'local_fog')
  assert.ok(rows.slice(0, 10).every((row) => row.Exit === 'local_cloud'))
  await stopTiers([edge, fog].filter((tier) => tier !== undefined))
})
