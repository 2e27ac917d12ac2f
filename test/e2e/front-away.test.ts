// A device without models has nothing to fall back to: while its front is away it waits, image by image,
// each within its own time, and goes on when the front is back.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { answerOfRow, readCsv, startCli, tempFolder } from '../helpers/cli.ts'
import { labelledImages } from '../helpers/images.ts'
import {
  backFlags,
  deviceFlags,
  models,
  newTopics,
  startCluster,
  startTier,
  stopTiers,
  type Cluster,
} from './chain.ts'

let cluster: Cluster
let images: string
before(async () => {
  cluster = await startCluster()
  images = await labelledImages(8)
})
after(() => cluster.kafka.stop())

test('an edge that is restarted in mid-run costs no image: its requests wait in Kafka', async () => {
  const topics = newTopics()
  const edge = [
    ...['--models', models('model'), '--name', 'edge', '--engine', 'wasm'],
    ...backFlags(cluster, topics.deviceToEdge, topics.edgeToDevice),
  ]
  const first = await startTier(edge)
  const output = join(tempFolder(), 'results.csv')
  const device = startCli([
    ...deviceFlags(cluster, topics, images, output),
    ...['--max-in-flight', '2', '--timeout-ms', '60000'],
  ])
  const rowsSoFar = () => {
    try {
      return readCsv(output).length
    } catch {
      return 0
    }
  }
  const deadline = Date.now() + 60_000
  while (rowsSoFar() < 3) {
    assert.ok(Date.now() < deadline, device.output())
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  // As a crash: it leaves its group only when its session ends.
  await first.stop('SIGKILL')
  const second = await startTier(edge)
  const { code, stderr } = await device.ended
  assert.equal(code, 0, stderr)
  const rows = readCsv(output)
  assert.equal(rows.length, 40)
  for (const row of rows) assert.notEqual(answerOfRow(row), '', row.File)
  await stopTiers([second])
})

test('SIGTERM ends a tier that is still waiting for its brokers, with exit code 0', async () => {
  const nowhere = { ...cluster, host: '127.0.0.1', port: '1' }
  const tier = startCli([
    ...['--models', models('cloud'), '--name', 'early', '--engine', 'wasm', '--log-level', 'debug'],
    ...backFlags(nowhere, 'a', 'b'),
  ])
  await tier.waitFor(/engine wasm/)
  const { code, signal, stderr } = await tier.stop('SIGTERM')
  assert.equal(signal, null, stderr)
  assert.equal(code, 0, stderr)
})
