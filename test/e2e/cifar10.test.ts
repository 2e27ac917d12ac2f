// --cifar10 in each of its roles, on batches in the official layout: made images, a small family of made
// weights, and what the models say of each image when they are asked directly.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { createCompact32Network } from '../../src/model/networks/compact-32.ts'
import { assemble } from '../../src/model/networks/network.ts'
import { saveFamily } from '../../src/lab/training/save.ts'
import { loadTfjsNode } from '../../src/lab/training/tfjs-node.ts'
import { classes, packArchive, sha256 } from '../lab/download/archives.ts'
import { answerOfRow, readCsv, runCli, tempFolder, type CsvRow } from '../helpers/cli.ts'
import { repoPath } from '../helpers/paths.ts'
import { backFlags, frontFlags, newTopics, startCluster, startTier, stopTiers } from './chain.ts'

const count = 30
const side = 32
const plane = side * side

/** Label of a record: neither in order nor alike often. */
const labelOf = (record: number) => (record * 7 + 3) % 10

/** A colour that changes over the image, another one for each record: uint8, planes of red, green, blue. */
function planesOf(record: number): Buffer {
  const planes = Buffer.alloc(3 * plane)
  for (let channel = 0; channel < 3; channel++) {
    for (let at = 0; at < plane; at++) {
      const row = Math.floor(at / side)
      const wave = Math.sin((row * (record % 5) + (at % side) * (record % 7)) / (4 + channel))
      planes[channel * plane + at] = Math.round(127 + 120 * wave * Math.cos(record * (channel + 1)))
    }
  }
  return planes
}

const batch = (records: number) =>
  Buffer.concat(
    Array.from({ length: records }, (_, i) => Buffer.concat([Buffer.of(labelOf(i)), planesOf(i)])),
  )

/** What the exits say of one image when nothing stands between. */
interface Direct {
  readonly predictions: readonly number[]
  readonly confidences: readonly number[]
}

/** Of each exit: made weights give logits that are nearly alike. */
const temperatures = [0.03, 0.1, 0.1]
let models: string
let direct: readonly Direct[]
let thresholds: readonly number[]
/** Holds data/cifar-10-batches-bin, made by `ddnn download`. */
let cwd: string

before(async () => {
  const tf = loadTfjsNode()
  const { parts } = createCompact32Network(tf, { height: side, width: side, classes: 10, seed: 5 })
  const family = assemble(tf, { height: side, width: side }, parts)
  const outputs = tf.tidy(() => {
    const planes = Buffer.concat(Array.from({ length: count }, (_, i) => planesOf(i)))
    const pixels = tf.tensor4d(new Float32Array(planes), [count, 3, side, side])
    const images = tf.div(tf.transpose(pixels, [0, 2, 3, 1]), 255)
    const logits = family.whole.predict(images) as ReturnType<typeof tf.softmax>[]
    return logits.map((exit, i) => {
      return tf.softmax(tf.div(exit, temperatures[i] ?? 1)).arraySync() as number[][]
    })
  })
  direct = Array.from({ length: count }, (_, i) => {
    const rows = outputs.map((exit) => exit[i] ?? [])
    const confidences = rows.map((row) => Math.max(...row))
    return {
      confidences,
      predictions: rows.map((row, exit) => row.indexOf(confidences[exit] ?? 0)),
    }
  })
  thresholds = [0, 1].map((exit) => widestGap(direct.map((one) => one.confidences[exit] ?? 0)))
  models = tempFolder()
  const exits = temperatures.map((temperature, exit) => {
    return { temperature, threshold: thresholds[exit], accuracy: 0.1 }
  })
  const trainingData = { hash: 'none', samples: 1 }
  const facts = { version: '0', labels: classes, height: side, width: side, trainingData, exits }
  await saveFamily(family, facts, models)
  family.dispose()

  cwd = tempFolder()
  const files = [
    ...[1, 2, 3, 4, 5].map((n) => ({ name: `data_batch_${n}.bin`, body: batch(1) })),
    { name: 'test_batch.bin', body: batch(count) },
    { name: 'batches.meta.txt', body: `${classes.join('\n')}\n\n` },
  ]
  const archive = await packArchive(
    files.map(({ name, body }) => ({ name: `cifar-10-batches-bin/${name}`, body })),
  )
  writeFileSync(join(cwd, 'cifar.tar.gz'), archive)
  const fetched = await runCli(
    ['download', 'cifar10', '--url', 'cifar.tar.gz', '--sha256', sha256(archive)],
    { cwd },
  )
  assert.equal(fetched.code, 0, fetched.stderr)
})

/** A threshold in the middle third of the values, as far from all of them as can be. */
function widestGap(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const third = Math.floor(sorted.length / 3)
  let best = { gap: 0, middle: 0 }
  for (let i = third; i < 2 * third; i++) {
    const [low = 0, high = 0] = sorted.slice(i, i + 2)
    if (high - low > best.gap) best = { gap: high - low, middle: (high + low) / 2 }
  }
  assert.ok(best.gap > 1e-3, 'these made images are too much alike')
  return best.middle
}

/** Every row is the record's: name, label, exit and what the models say of these pixels there. */
function assertRows(
  rows: readonly CsvRow[],
  names: readonly string[] = ['edge', 'fog', 'cloud'],
): void {
  assert.equal(rows.length, count)
  const left = [0, 0, 0]
  for (const [i, row] of rows.entries()) {
    const { predictions, confidences } = direct[i] as Direct
    const taken = confidences.findIndex((value, exit) => value >= (thresholds[exit] ?? 0))
    left[taken] = (left[taken] ?? 0) + 1
    assert.equal(row.Test, String(i))
    assert.equal(row.File, `test_batch.bin#${i}`)
    assert.equal(row.Expected_result, String(labelOf(i)))
    assert.equal(row.Error, '')
    assert.equal(row.Fallback, 'false')
    assert.equal(row.Exit, names[taken], row.File)
    assert.equal(row.Edge_Prediction, String(predictions[0]), row.File)
    assert.equal(answerOfRow(row), String(predictions[taken]), row.File)
    const difference = Math.abs(Number(row.Confidence) - (confidences[taken] ?? 0))
    assert.ok(difference < 1e-4, `${row.File}: ${row.Confidence}, ${confidences[taken]}`)
  }
  assert.ok(
    left.every((n) => n > 0),
    `each tier answers some: ${left.join()}`,
  )
}

const folder = (name: string) => join(models, name)

for (const engine of ['tensorflow', 'wasm']) {
  test(`a local run on ${engine} takes the batches from where download put them`, async () => {
    const output = join(tempFolder(), 'results.csv')
    const { code, stderr } = await runCli(
      [
        ...['--cifar10', '--name', 'local', '--engine', engine, '-o', output],
        ...['--models', folder('edge'), folder('fog'), folder('cloud')],
      ],
      { cwd },
    )
    assert.equal(code, 0, stderr)
    assertRows(readCsv(output))
  })
}

test('another path, and --limit, are taken from their flags', async () => {
  const output = join(tempFolder(), 'results.csv')
  const { code, stderr } = await runCli([
    ...['--cifar10', '--cifar10-path', join(cwd, 'data'), '--name', 'local', '-o', output],
    ...['--models', folder('model'), '--limit', '7'],
  ])
  assert.equal(code, 0, stderr)
  assert.equal(readCsv(output).length, 7)
})

const mistakes: readonly [title: string, flags: () => string[], words: RegExp][] = [
  [
    'a folder without batches',
    () => ['--cifar10', '--models', folder('model')],
    /test_batch\.bin.*cifar-10-batches-bin[^]*ddnn download cifar10/,
  ],
  [
    'images of a folder beside CIFAR-10',
    () => ['--cifar10', '-i', '.', '-l', 'x', '--models', folder('model')],
    /--input or --cifar10, got both/,
  ],
  [
    'a height that CIFAR-10 does not have',
    () => ['--cifar10', '--height', '64', '--models', folder('model')],
    /--height 32 with --cifar10, got 64/,
  ],
]
for (const [title, flags, words] of mistakes) {
  test(`${title} ends with exit code 2 and says what to do`, async () => {
    const { code, stderr } = await runCli([...flags(), '--name', 'local'])
    assert.equal(code, 2, stderr)
    assert.match(stderr, words)
    assert.doesNotMatch(stderr, /\n\s+at /)
  })
}

test('flowers models refuse CIFAR-10 by their labels', async () => {
  const flags = ['--cifar10', '--name', 'local', '--models', repoPath('saved_models', 'model')]
  const { code, stderr } = await runCli(flags, { cwd })
  assert.equal(code, 2, stderr)
  assert.match(stderr, /DDNN_LABELS_MISMATCH/)
})

test('over Kafka a device, and a device with the first model, get what a local run says', async () => {
  const cluster = await startCluster()
  try {
    const t = newTopics()
    const edgeToFog = frontFlags(cluster, t.edgeToFog, t.fogToEdge)
    const tiers = await Promise.all([
      startTier([
        ...['--models', folder('edge'), '--name', 'local_edge', ...edgeToFog],
        ...backFlags(cluster, t.deviceToEdge, t.edgeToDevice),
      ]),
      startTier([
        ...['--models', folder('fog'), folder('cloud'), '--name', 'solo'],
        ...backFlags(cluster, t.edgeToFog, t.fogToEdge),
      ]),
    ])
    for (const [edge, flags] of [
      ['local_edge', frontFlags(cluster, t.deviceToEdge, t.edgeToDevice)],
      ['edge', [...edgeToFog, '--models', folder('edge')]],
    ] as const) {
      const output = join(tempFolder(), 'results.csv')
      const args = ['--cifar10', '--name', 'device', '-o', output, ...flags]
      const { code, stderr } = await runCli(args, { cwd })
      assert.equal(code, 0, stderr)
      assertRows(readCsv(output), [edge, 'solo', 'solo'])
    }
    await stopTiers(tiers)
  } finally {
    await cluster.kafka.stop()
  }
})
