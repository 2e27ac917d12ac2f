// Exits that remember, over a real Kafka: what earlier exits said travels with the features, and a chain of processes
// answers as a local run and `ddnn evaluate` do. A tier of a release that knows of no memory stands in between without harm.
import assert from 'node:assert/strict'
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { logProbabilitiesOf } from '../../src/domain/exit-memory.ts'
import { hopsOf, type ExitResult } from '../../src/domain/reply.ts'
import { wires } from '../../src/serving/wire/detect.ts'
import { readCsv, runCli, tempFolder, type CsvRow, type RunningCli } from '../helpers/cli.ts'
import { labelledImages } from '../helpers/images.ts'
import { readTopic } from '../helpers/kafka.ts'
import { madeTiers, writeMadeFamily, type MadeTier } from '../helpers/made-family.ts'
import { repoPath } from '../helpers/paths.ts'
import {
  chainFlags,
  deviceFlags,
  newTopics,
  startCluster,
  startTier,
  stopTiers,
  type Cluster,
  type Topics,
} from './chain.ts'

const labelsFile = repoPath('data', 'labels.txt')
const count = 10
/** Single images of one thread: the same values to the bit, in a tier, in a local run and in evaluate. */
const alone = ['--engine', 'wasm', '--max-batch-size', '1']

const bias = [0.3, -0.2, 0, 0.1, -0.1]
const memories = {
  edge: undefined,
  fog: { weights: [0.7, 0.4], bias, temperature: 1.5 },
  cloud: { weights: [0.5, 0.6, 0.3], bias, temperature: 0.8 },
} as const

let cluster: Cluster
let images: string
/** Of all tiers by folder: exits that remember, and the same family without memory. */
let remembering: string
let forgetful: string

before(async () => {
  cluster = await startCluster()
  images = await labelledImages(count / 5, '')
  forgetful = tempFolder()
  // Some leave at each exit, with memory and without.
  await writeMadeFamily(forgetful, { seed: 5, thresholds: [0.98, 0.965] })
  remembering = tempFolder()
  cpSync(forgetful, remembering, { recursive: true })
  for (const tier of madeTiers) remember(join(remembering, tier), tier)
})
after(() => cluster.kafka.stop())

/** As `ddnn calibrate` writes it; thresholds are chosen for what an exit goes by. */
function remember(folder: string, tier: MadeTier): void {
  const file = join(folder, 'ddnn.json')
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as { exits: object[] }
  const [exit] = manifest.exits
  const remembered = tier === 'cloud' ? {} : { remembered: true }
  const memory = memories[tier] === undefined ? {} : { memory: memories[tier] }
  const threshold = tier === 'fog' ? { threshold: 0.75 } : {}
  writeFileSync(
    file,
    JSON.stringify({ ...manifest, exits: [{ ...exit, ...memory, ...remembered, ...threshold }] }),
  )
}

/** A whole release like this one, whose requests have no memory: it neither sends the key nor looks at it. */
function releaseWithoutMemory(): string {
  const folder = tempFolder()
  cpSync(repoPath('dist'), join(folder, 'dist'), { recursive: true })
  cpSync(repoPath('package.json'), join(folder, 'package.json'))
  symlinkSync(repoPath('node_modules'), join(folder, 'node_modules'))
  const file = join(folder, 'dist', 'serving', 'wire', 'request-header.js')
  const source = readFileSync(file, 'utf8')
  const changed = source.replace(/= (?:un)?packRemembered\(.*\)/g, '= undefined')
  assert.equal(changed.match(/memory = undefined/g)?.length, 2)
  writeFileSync(file, changed)
  return join(folder, 'dist', 'main.js')
}

interface Served {
  readonly rows: readonly CsvRow[]
  readonly tiers: Readonly<Record<MadeTier, RunningCli>>
}

/** All images through three processes. */
async function serve(
  topics: Topics,
  folders: Readonly<Record<MadeTier, string>>,
  entries: Partial<Record<MadeTier, string>> = {},
): Promise<Served> {
  const start = (tier: MadeTier) => {
    const entry = entries[tier]
    const flags = ['--models', folders[tier], '--name', tier, ...chainFlags(cluster, topics)[tier]]
    return startTier([...flags, ...alone], entry === undefined ? {} : { entry })
  }
  const [edge, fog, cloud] = await Promise.all([start('edge'), start('fog'), start('cloud')])
  const output = join(tempFolder(), 'results.csv')
  const size = ['--height', '16', '--width', '16']
  const device = await runCli([...deviceFlags(cluster, topics, images, output), ...size])
  assert.equal(device.code, 0, device.stderr)
  await stopTiers([edge, fog, cloud])
  return { rows: readCsv(output), tiers: { edge, fog, cloud } }
}

/** What one process says of the same images. */
async function localRows(folders: Readonly<Record<MadeTier, string>>): Promise<readonly CsvRow[]> {
  const output = join(tempFolder(), 'local.csv')
  const models = ['--models', ...madeTiers.map((tier) => folders[tier])]
  const input = ['-i', images, '-l', labelsFile, '--name', 'local', '-o', output]
  const { code, stderr } = await runCli([...models, ...input, ...alone])
  assert.equal(code, 0, stderr)
  return readCsv(output)
}

/** What evaluate says of them. */
async function evaluatedRows(
  folders: Readonly<Record<MadeTier, string>>,
): Promise<readonly CsvRow[]> {
  const output = join(tempFolder(), 'evaluation')
  const models = ['--models', ...madeTiers.map((tier) => folders[tier])]
  const input = ['-i', images, '-l', labelsFile, '-o', output]
  const { code, stderr } = await runCli(['evaluate', ...models, ...input, ...alone])
  assert.equal(code, 0, stderr)
  return readCsv(join(output, 'evaluation.csv'))
}

const labels = readFileSync(labelsFile, 'utf8').trim().split('\n')
const deepest = (row: CsvRow) => row.Cloud_Prediction || row.Fog_Prediction || row.Edge_Prediction

/** The chain's answers are those of one process and of evaluate, with the confidence of what the exit went by. */
async function assertSame(
  rows: readonly CsvRow[],
  folders: Readonly<Record<MadeTier, string>>,
): Promise<void> {
  const local = await localRows(folders)
  const answers = (of: readonly CsvRow[]) =>
    of.map((row) => [row.File, row.Exit, deepest(row), row.Fallback, row.Error])
  assert.equal(rows.length, count)
  assert.deepEqual(answers(rows), answers(local))
  const evaluated = await evaluatedRows(folders)
  assert.deepEqual(
    rows.map((row) => [row.File, row.Exit, labels[Number(deepest(row))]]),
    evaluated.map((row) => [row.File, row.Exit, row.Prediction]),
  )
  for (const [i, row] of rows.entries()) {
    for (const other of [local[i]?.Confidence, evaluated[i]?.[`${row.Exit}_Confidence`]]) {
      const difference = Math.abs(Number(row.Confidence) - Number(other))
      assert.ok(difference < 1e-5, `${row.File}: ${row.Confidence} and ${other}`)
    }
  }
}

const foldersIn = (root: string) => ({
  edge: join(root, 'edge'),
  fog: join(root, 'fog'),
  cloud: join(root, 'cloud'),
})

async function requestsIn(topic: string, expected: number) {
  const records = await readTopic(cluster.kafka, topic, expected)
  return records.map(({ value, headers }) => ({
    id: headers['correlation-id'] ?? '',
    memory: wires.binary.decodeRequest(value, { maxElements: 1e6 }).memory,
  }))
}

/** Results of one tier's replies, by correlation id. */
async function resultsIn(topic: string, expected: number) {
  const records = await readTopic(cluster.kafka, topic, expected)
  return new Map(
    records.map(({ value, headers }): [string, readonly (ExitResult | undefined)[]] => {
      const reply = wires.binary.decodeReply(value, headers['ddnn-version'])
      return [headers['correlation-id'] ?? '', hopsOf(reply).map(({ result }) => result)]
    }),
  )
}

const reached = (rows: readonly CsvRow[], column: 'Fog' | 'Cloud') =>
  rows.filter((row) => row[`${column}_Prediction`] !== '').length

test('what earlier exits said travels with features over Kafka, and the chain answers as one process and evaluate do', async () => {
  const topics = newTopics()
  const folders = foldersIn(remembering)
  const { rows, tiers } = await serve(topics, folders)
  await assertSame(rows, folders)
  const [atFog, atCloud] = [reached(rows, 'Fog'), reached(rows, 'Cloud')]
  assert.ok(atCloud > 0 && atFog > atCloud && atFog < count, `${atFog} and ${atCloud}`)

  // The edge sends its own log-probabilities, and the fog those and its own: the cloud's exit needs both.
  const toFog = await requestsIn(topics.edgeToFog, atFog)
  const answered = await resultsIn(topics.edgeToDevice, count)
  const edgeSaid = [...answered.values()].map(([edge]) => edge)
  for (const { memory } of toFog) {
    assert.equal(memory?.length, 1)
    const own = edgeSaid.map((edge) => logProbabilitiesOf(edge?.logits ?? [], 'logits'))
    const [given = new Float32Array()] = memory
    assert.ok(own.some((logs) => logs.every((log, c) => Math.abs(log - (given[c] ?? 1)) < 1e-5)))
  }
  const toCloud = await requestsIn(topics.fogToCloud, atCloud)
  for (const { memory } of toCloud)
    assert.deepEqual(
      memory?.map((logs) => logs?.length),
      [5, 5],
    )
  for (const [edge, fog, cloud] of answered.values()) {
    assert.equal(edge?.remembers, undefined)
    if (fog !== undefined) assert.equal(fog.remembers, true)
    if (cloud !== undefined) assert.equal(cloud.remembers, true)
  }
  for (const tier of Object.values(tiers)) assert.doesNotMatch(tier.output(), /by itself alone/)
})

test('a tier that knows of no memory passes features on, and exits in front of it answer by themselves alone', async () => {
  const topics = newTopics()
  const mixed = { ...foldersIn(remembering), fog: join(forgetful, 'fog') }
  const { rows, tiers } = await serve(topics, mixed, { fog: releaseWithoutMemory() })
  await assertSame(rows, foldersIn(forgetful))
  const [atFog, atCloud] = [reached(rows, 'Fog'), reached(rows, 'Cloud')]
  assert.ok(atCloud > 0, 'none reached the cloud')
  for (const { memory } of await requestsIn(topics.edgeToFog, atFog))
    assert.equal(memory?.length, 1)
  for (const { memory } of await requestsIn(topics.fogToCloud, atCloud)) {
    assert.equal(memory, undefined)
  }
  assert.equal(tiers.cloud.output().match(/exit 2 answers by itself alone/g)?.length, 1)
})
