// The Python peers among themselves, on a real Kafka: device -> edge -> cloud, each as the original's. This
// proves the tool that other tests judge our tiers with: the forms of its messages, its logits, its faults.
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import * as core from '@tensorflow/tfjs-core'
import * as layersApi from '@tensorflow/tfjs-layers'
import '@tensorflow/tfjs-backend-cpu'
import sharp from 'sharp'
import { drawFlower, labels } from '../../src/input/drawn-flowers.ts'
import { createCompactNetwork } from '../../src/model/networks/compact.ts'
import { assemble, type LayersModel, type Tf } from '../../src/model/networks/network.ts'
import { modelFiles } from '../../src/model/weights.ts'
import { createTestTopic, startKafka } from '../helpers/kafka.ts'
import { startPeer, type PeerLine, type PythonPeer } from '../helpers/python-peer.ts'

interface OriginalReply {
  readonly result: unknown
  readonly device: string
  readonly 'execution-time': number
  readonly 'total-time': number
  readonly next?: OriginalReply
}

const tf = { ...core, ...layersApi } as unknown as Tf
const side = 40
const kafka = await startKafka()

const folder = await mkdtemp(join(tmpdir(), 'ddnn-peers-'))
const peers: PythonPeer[] = []
after(async () => {
  await Promise.all(peers.map(async (peer) => await peer.stop()))
  await kafka.stop()
  await rm(folder, { recursive: true, force: true })
})

const images = await drawImages(join(folder, 'images'), 8)
const models = await saveModels()

/** edge, fog and cloud with random weights, in folders of these names. */
async function saveModels(): Promise<LayersModel[]> {
  const network = createCompactNetwork(tf, { height: side, width: side, classes: 5, seed: 7 })
  const { submodels } = assemble(tf, { height: side, width: side }, network.parts)
  // Untrained, one exit's logits are all larger than the other's: no one threshold would use all three exits.
  // So fog's are scaled until their largest ones are of the size of edge's.
  const trained = submodels.map(({ model }) => model)
  const largest = [...images.values()].map((pixels) =>
    exitLogits(pixels, trained).map((logits) => Math.max(...logits)),
  )
  const sum = (exit: number) => largest.reduce((total, of) => total + (of[exit] ?? 0), 0)
  const fogExit = submodels[1]?.model.getLayer('fog_exit')
  fogExit?.setWeights(fogExit.getWeights().map((weight) => tf.mul(weight, sum(0) / sum(1))))
  for (const { name, model } of submodels) await model.save(modelFiles(join(folder, name)))
  return submodels.map(({ model }) => model)
}

/** PNG, so that no decoder's rounding stands between the two sides. Gives pixels by file name. */
async function drawImages(images: string, count: number): Promise<Map<string, Buffer>> {
  const pixels = new Map<string, Buffer>()
  for (let i = 0; i < count; i++) {
    const label = labels[i % labels.length] ?? ''
    const picture = sharp(await drawFlower({ label, difficulty: i / count, seed: i, size: side }))
    await mkdir(join(images, label), { recursive: true })
    const file = `${label}/${String(i)}.png`
    await picture.clone().png().toFile(join(images, file))
    pixels.set(file, await picture.raw().toBuffer())
  }
  return pixels
}

/** Exit logits of edge, fog and cloud for one image, by tfjs. */
function exitLogits(pixels: Buffer, models: readonly LayersModel[]): number[][] {
  return tf.tidy(() => {
    let tensor: core.Tensor = tf.div(tf.tensor(pixels, [1, side, side, 3], 'float32'), 255)
    return models.map((model) => {
      const outputs = [model.predict(tensor)].flat()
      tensor = outputs[0] as core.Tensor
      return [...(outputs.at(-1) as core.Tensor).dataSync()]
    })
  })
}

async function createTopics(
  partitions: number,
): Promise<Record<'de' | 'ed' | 'ec' | 'ce', string>> {
  const config = { 'max.message.bytes': String(16 << 20) }
  const create = async (what: string): Promise<string> =>
    await createTestTopic(kafka, what, { partitions, config })
  return {
    de: await create('deviceedge'),
    ed: await create('edgedevice'),
    ec: await create('edgecloud'),
    ce: await create('cloudedge'),
  }
}

async function start(
  script: 'device.py' | 'tier.py',
  args: readonly string[],
): Promise<PythonPeer> {
  const peer = await startPeer(script, [...args, '--bootstrap', kafka.bootstrap])
  peers.push(peer)
  return peer
}

/** An edge with the model `edge` and a cloud with `fog` and `cloud`, on fresh topics. */
async function startChain(
  partitions: number,
  threshold: number,
  cloudOptions: readonly string[] = [],
) {
  const { de, ed, ec, ce } = await createTopics(partitions)
  const at = (back: string, reply: string): string[] => [
    ...['--threshold', String(threshold)],
    ...['--consumer-back-topic', back, '--producer-back-topic', reply],
  ]
  const front = ['--producer-front-topic', ec, '--consumer-front-topic', ce]
  const model = (name: string): string => join(folder, name)
  const [edge, cloud] = await Promise.all([
    start('tier.py', ['--name', 'edge', '--models', model('edge'), ...at(de, ed), ...front]),
    start('tier.py', [
      ...['--name', 'cloud', '--models', model('fog'), model('cloud')],
      ...at(ec, ce),
      ...cloudOptions,
    ]),
  ])
  const device = async (...options: string[]): Promise<PythonPeer> =>
    await start('device.py', [
      ...['--images', join(folder, 'images'), '--extension', 'png'],
      ...['--height', String(side), '--width', String(side)],
      ...['--producer-front-topic', de, '--consumer-front-topic', ed],
      ...options,
    ])
  return { edge, cloud, device }
}

const replyOf = (line: PeerLine): OriginalReply => line['reply'] as OriginalReply
const fileOf = (line: PeerLine): string => line['file'] as string
const pixelsOf = (file: string): Buffer => images.get(file) ?? assert.fail(`no image ${file}`)

function assertClose(got: unknown, wanted: readonly number[], what: string): void {
  const numbers = [got].flat(Infinity) as number[]
  assert.equal(numbers.length, wanted.length, what)
  const worst = Math.max(...wanted.map((value, i) => Math.abs(value - (numbers[i] ?? Number.NaN))))
  assert.ok(worst <= 1e-4, `${what}: ${String(worst)} off`)
}

/** Checks one reply against our own run of the same models; returns the exit that it left at. */
function assertRightReply(file: string, reply: OriginalReply, threshold: number): number {
  const [edge = [], fog = [], cloud = []] = exitLogits(pixelsOf(file), models)
  const keys = ['result', 'device', 'execution-time', 'total-time']
  assert.equal(reply.device, 'edge')
  assert.ok(reply['total-time'] >= reply['execution-time'] && reply['execution-time'] > 0)
  if (Math.max(...edge) >= threshold) {
    assert.deepEqual(Object.keys(reply).sort(), [...keys].sort())
    assert.deepEqual(
      [(reply.result as unknown[]).length],
      [1],
      'an early exit keeps the batch axis',
    )
    assertClose(reply.result, edge, file)
    return 0
  }
  assert.deepEqual(Object.keys(reply).sort(), [...keys, 'next'].sort())
  assertClose(
    reply.result,
    [...pixelsOf(file)].map((value) => Math.fround(value / 255)),
    file,
  )
  const next = reply.next ?? assert.fail('no next')
  assert.equal(next.device, 'cloud')
  const leftAtFog = Math.max(...fog) >= threshold
  assert.equal(
    (next.result as unknown[]).length,
    leftAtFog ? 1 : 5,
    'the last one has no batch axis',
  )
  assertClose(next.result, leftAtFog ? fog : cloud, file)
  return leftAtFog ? 1 : 2
}

/** A threshold between the exits' largest logits, so that images leave at every exit. */
function middleThreshold(): number {
  const largest = [...images.values()].map((pixels) => {
    const [edge = [], fog = []] = exitLogits(pixels, models)
    return { edge: Math.max(...edge), fog: Math.max(...fog) }
  })
  const candidates = largest.flatMap(({ edge, fog }) => [edge + 1e-3, fog + 1e-3])
  const exitsAt = (threshold: number): number =>
    new Set(largest.map(({ edge, fog }) => (edge >= threshold ? 0 : fog >= threshold ? 1 : 2))).size
  return candidates.find((threshold) => exitsAt(threshold) === 3) ?? assert.fail('no threshold')
}

for (const partitions of [1, 8]) {
  test(`on fresh topics of ${String(partitions)} partitions each image gets its own answer`, async () => {
    const threshold = middleThreshold()
    const { edge, device } = await startChain(partitions, threshold)
    assert.equal(edge.ready['partitions'], partitions)
    const peer = await device()
    const lines = await peer.waitForLines(images.size + 1, 120_000)
    const replies = lines.slice(0, images.size)
    assert.deepEqual(replies.map(fileOf), [...images.keys()].sort())
    const exits = replies.map((line) => assertRightReply(fileOf(line), replyOf(line), threshold))
    assert.deepEqual([...new Set(exits)].sort(), [0, 1, 2])
    assert.equal(lines.at(-1)?.['done'], images.size)
    assert.equal((await peer.exited).code, 0)
  })
}

test('a device that comes again takes the answers of its first life', async () => {
  const { cloud, edge, device } = await startChain(1, 1e9, ['--delay', '0.3', '--delay-first', '1'])
  const first = await device('--limit', '2')
  const lines = await first.waitForLines(3, 120_000)
  assert.ok((lines[0]?.['seconds'] as number) >= 0.3, 'the first answer is delayed')
  const again = await device('--limit', '3')
  const later = await again.waitForLines(3, 120_000)
  // Right for the first two by luck, as they are the same images; the record that it read was the old one.
  for (const i of [0, 1]) {
    const [old, taken] = [lines[i], later[i]].map((line) => replyOf(line ?? {})['total-time'])
    assert.equal(taken, old)
  }
  // The third image is new, and gets the second life's answer to the first image.
  const third = later[2] ?? {}
  const [, , firstLogits = []] = exitLogits(pixelsOf(fileOf(later[0] ?? {})), models)
  assertClose(replyOf(third).next?.result, firstLogits, 'the answer to another image')
  await Promise.all([cloud.stop(), edge.stop()])
  assert.equal((await edge.exited).signal, 'SIGTERM')
})

test('a tier whose last model gives features needs a front', async () => {
  const topics = ['--consumer-back-topic', 'none', '--producer-back-topic', 'none']
  const call = start('tier.py', ['--name', 'edge', '--models', join(folder, 'edge'), ...topics])
  await assert.rejects(call, /Expected a front/)
})

test('a device without images says so', async () => {
  const topics = ['--producer-front-topic', 'none', '--consumer-front-topic', 'none']
  await assert.rejects(start('device.py', ['--images', folder, ...topics]), /Expected images/)
})
