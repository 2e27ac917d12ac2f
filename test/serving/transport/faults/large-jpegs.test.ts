// 16 JPEGs of 8192 x 8192 to a tier of 32 x 32: the device of the command line, and a stranger that sends
// what a device does not.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { wires } from '../../../../src/serving/wire/detect.ts'
import {
  deviceFlags,
  labelsFile,
  newTopics,
  backFlags,
  startCluster,
  startTier,
  stopTiers,
  type Cluster,
} from '../../../e2e/chain.ts'
import { readCsv, runCli, tempFolder, type RunningCli } from '../../../helpers/cli.ts'
import { readTopic, testClient } from '../../../helpers/kafka.ts'
import { largeJpeg } from '../../../input/jpegs.ts'

const count = 16
const mostMiB = 400
const side = 32
const topics = newTopics()
let cluster: Cluster
let tier: RunningCli
let jpeg: Buffer

before(async () => {
  cluster = await startCluster()
  jpeg = await largeJpeg(8192, 8192)
  tier = await startTier([
    ...['--models', writeModel(), '--name', 'small', '--engine', 'wasm', '-l', labelsFile],
    ...backFlags(cluster, topics.deviceToEdge, topics.edgeToDevice),
  ])
})
after(async () => {
  await stopTiers([tier])
  await cluster.kafka.stop()
})

/** A network of one layer, 32 x 32 x 3 to five labels. */
function writeModel(): string {
  const folder = tempFolder()
  const weights = [
    { name: 'dense/kernel', shape: [3, 5], dtype: 'float32' },
    { name: 'dense/bias', shape: [5], dtype: 'float32' },
  ]
  const layer = (name: string, className: string, config: object, from: readonly string[]) => ({
    name,
    class_name: className,
    config: { name, trainable: true, ...config },
    inbound_nodes: from.length === 0 ? [] : [from.map((source) => [source, 0, 0, {}])],
  })
  const layers = [
    layer(
      'image',
      'InputLayer',
      { batch_input_shape: [null, side, side, 3], dtype: 'float32' },
      [],
    ),
    layer('mean', 'GlobalAveragePooling2D', { data_format: 'channels_last' }, ['image']),
    layer('dense', 'Dense', { units: 5, activation: 'softmax', use_bias: true }, ['mean']),
  ]
  const config = {
    name: 'small',
    layers,
    input_layers: [['image', 0, 0]],
    output_layers: [['dense', 0, 0]],
  }
  const modelTopology = { model_config: { class_name: 'Functional', config } }
  const weightsManifest = [{ paths: ['weights.bin'], weights }]
  const model = { format: 'layers-model', modelTopology, weightsManifest }
  writeFileSync(join(folder, 'model.json'), JSON.stringify(model))
  const values = Float32Array.from({ length: 3 * 5 + 5 }, (_, index) => (index % 7) - 3)
  writeFileSync(join(folder, 'weights.bin'), Buffer.from(values.buffer))
  return folder
}

/** Most memory that the tier ever had. */
function assertSmall(): string {
  const status = readFileSync(`/proc/${tier.pid}/status`, 'utf8')
  const most = Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024
  assert.ok(most < mostMiB, `the tier had ${most.toFixed()} MiB`)
  return `the tier had ${most.toFixed()} MiB at most`
}

test('a device with --send jpeg gets an answer to each', async (t) => {
  const images = tempFolder()
  mkdirSync(join(images, 'roses'))
  writeFileSync(join(images, 'roses', '00.jpg'), jpeg)
  for (let index = 1; index < count; index++) {
    const name = `${String(index).padStart(2, '0')}.jpg`
    symlinkSync(join(images, 'roses', '00.jpg'), join(images, 'roses', name))
  }
  const output = join(tempFolder(), 'results.csv')
  const size = ['--height', String(side), '--width', String(side)]
  const flags = [...deviceFlags(cluster, topics, images, output), ...size, '--send', 'jpeg']
  const { code, stderr } = await runCli([...flags, '--max-in-flight', '8'])
  assert.equal(code, 0, stderr)
  const rows = readCsv(output)
  assert.equal(rows.length, count)
  for (const row of rows) assert.deepEqual([row.Error, row.Exit], ['', 'small'])
  t.diagnostic(assertSmall())
})

for (const [what, length, error] of [
  ['whole, of many times its input', Infinity, /^DDNN_FRAME_TOO_LARGE/],
  ['cut to the size of its input', 8000, /^DDNN_INPUT_UNREADABLE: .*8192 x 8192/],
] as const) {
  test(`a stranger sends them ${what}: each is an error reply and a dead letter`, async (t) => {
    const bytes = jpeg.subarray(0, length)
    const shape = [side, side, 3]
    const value = wires.binary.encodeRequest(
      { codec: 'jpeg', dtype: 'uint8', shape, bytes },
      { family: undefined, labelsHash: undefined },
    )
    const ids = Array.from({ length: count }, (_, index) => `stranger-${length}:${index}`)
    const producer = testClient(cluster.kafka.bootstrap).producer()
    await producer.connect()
    await producer.send({
      topic: topics.deviceToEdge,
      messages: ids.map((id) => ({
        value: Buffer.from(value),
        headers: { 'ddnn-version': '1', 'correlation-id': id, 'budget-ms': '60000' },
      })),
    })
    await producer.disconnect()
    const known = length === Infinity ? count : 2 * count
    // Two more: what stands there, and what stands behind it, was asked by the device above.
    const replies = await readTopic(cluster.kafka, topics.edgeToDevice, known + count + 2)
    for (const id of ids) {
      const reply = replies.find(({ headers }) => headers['correlation-id'] === id)
      assert.ok(reply !== undefined, id)
      const { problem } = wires.binary.decodeReply(reply.value)
      assert.match(`${problem?.code}: ${problem?.message}`, error)
    }
    const letters = `${topics.deviceToEdge}_dlq`
    const put = await readTopic(cluster.kafka, letters, known)
    assert.equal(put.length, known)
    t.diagnostic(assertSmall())
  })
}
