// What Kafka really carries of features, against what `evaluate` says of the same images; and that a chain answers by
// features of every codec.
import assert from 'node:assert/strict'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { FeatureCodec } from '../../src/domain/feature-codec.ts'
import { wires } from '../../src/serving/wire/detect.ts'
import { answerOfRow, readCsv, runCli, tempFolder } from '../helpers/cli.ts'
import { readTopic } from '../helpers/kafka.ts'
import { repoPath } from '../helpers/paths.ts'
import {
  backFlags,
  deviceFlags,
  models,
  newTopics,
  startCluster,
  startTier,
  stopTiers,
  tierFlags,
  type Cluster,
  type Topics,
} from './chain.ts'

const sample = repoPath('data', 'sample')
const count = 10
/** Single samples of one thread: the same features to the bit, in a tier and in evaluate. */
const alone = ['--engine', 'wasm', '--max-batch-size', '1']
const tiers = ['edge', 'fog', 'cloud'] as const

let cluster: Cluster
before(async () => {
  cluster = await startCluster()
})
after(() => cluster.kafka.stop())

/** A copy of the shipped models, whose manifests say this codec. */
function modelsWith(featureCodec: FeatureCodec): string {
  const root = join(tempFolder(), 'models')
  cpSync(repoPath('saved_models'), root, { recursive: true })
  for (const tier of ['edge', 'fog']) {
    const file = join(root, tier, 'ddnn.json')
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as object
    writeFileSync(file, JSON.stringify({ ...manifest, featureCodec }))
  }
  return root
}

/** Sends the images through all three tiers; nothing is sure enough to leave before the last. */
async function runChain(topics: Topics, root: string): Promise<void> {
  const running = await Promise.all(
    tiers.map((tier) => {
      const flags = tierFlags(cluster, topics, tier).filter(
        (flag, i, all) => flag !== '--feature-codec' && all[i - 1] !== '--feature-codec',
      )
      const own = flags.map((flag, i) => (flags[i - 1] === '--models' ? join(root, tier) : flag))
      return startTier([...own, ...alone, '--threshold', '1.1', '--criterion', 'softmax'])
    }),
  )
  const output = join(tempFolder(), 'results.csv')
  const limit = ['--limit', String(count), '--max-in-flight', '1']
  const device = await runCli([...deviceFlags(cluster, topics, sample, output), ...limit])
  assert.equal(device.code, 0, device.stderr)
  const rows = readCsv(output)
  assert.equal(rows.length, count)
  for (const row of rows) assert.deepEqual([row.Exit, row.Error], ['local_cloud', ''])
  await stopTiers(running)
}

interface Frames {
  readonly stages: readonly {
    readonly offload: { codec: string; frames: { codec: string; bytes: number }[] } | null
  }[]
}

// With an entropy coder, and a scale for each channel.
for (const codec of ['int4-channel+deflate'] as const) {
  test(`the records of ${codec} features are as large as evaluate says`, async () => {
    const root = modelsWith(codec)
    const topics = newTopics()
    await runChain(topics, root)
    const args = ['--models', join(root, 'model'), '-i', sample, '--limit', String(count), '--json']
    const { code, stdout, stderr } = await runCli(['evaluate', ...args, ...alone])
    assert.equal(code, 0, stderr)
    const { stages } = JSON.parse(stdout) as Frames
    for (const [stage, topic] of [topics.edgeToFog, topics.fogToCloud].entries()) {
      const records = await readTopic(cluster.kafka, topic, count)
      const carried = records.reduce((sum, { value }) => sum + value.length, 0)
      const { offload } = stages[stage] ?? {}
      assert.equal(offload?.codec, codec)
      const said = offload?.frames.find((frame) => frame.codec === codec)?.bytes ?? 0
      assert.equal(carried, Math.round(said * count), `${topic}: ${said} bytes a frame`)
      for (const { value } of records) {
        const decoded = wires.binary.decodeRequest(value, { maxElements: 1e6 })
        assert.equal(decoded.codec, codec)
      }
    }
  })
}

test('images travel as WebP, AVIF and JPEG of a quality, each smaller than its pixels, and are answered', async () => {
  const topics = newTopics()
  const back = backFlags(cluster, topics.deviceToEdge, topics.edgeToDevice)
  const tier = await startTier(['--models', models('model'), '--name', 'all', ...alone, ...back])
  const predictions: string[][] = []
  const forms = [['uint8'], ['webp'], ['avif'], ['jpeg', '--send-quality', '95']] as const
  for (const form of forms) {
    const output = join(tempFolder(), 'results.csv')
    const flags = [...deviceFlags(cluster, topics, sample, output), '--limit', String(count)]
    const device = await runCli([...flags, '--send', ...form])
    assert.equal(device.code, 0, device.stderr)
    const rows = readCsv(output)
    assert.deepEqual(
      rows.map(({ Error }) => Error),
      new Array(count).fill(''),
    )
    predictions.push(rows.map(answerOfRow))
  }
  await stopTiers([tier])
  const [exact = [], ...others] = predictions
  for (const [i, other] of others.entries()) {
    const same = other.filter((prediction, at) => prediction === exact[at]).length
    assert.ok(same >= count - 2, `${forms[i + 1]?.join(' ')}: ${same}`)
  }
  const records = await readTopic(cluster.kafka, topics.deviceToEdge, forms.length * count)
  const decoded = records
    .map(({ value }) => wires.binary.decodeRequest(value, { maxElements: 1e6 }))
    .map(({ codec, bytes }) => ({ codec, size: bytes.length }))
  for (const codec of ['raw', 'webp', 'avif', 'jpeg']) {
    const own = decoded.filter((record) => record.codec === codec)
    assert.equal(own.length, count, codec)
    if (codec !== 'raw') assert.ok(own.every(({ size }) => size < 180 * 180 * 3))
  }
})
