// Device, edge, fog and cloud as four processes over a real Kafka, with the flags of the original's
// examples; used by the end-to-end tests.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import {
  readCsv,
  startCli,
  tempFolder,
  type CliOptions,
  type CsvRow,
  type RunningCli,
} from '../helpers/cli.ts'
import { randomName, startKafka, type TestKafka } from '../helpers/kafka.ts'
import { repoPath } from '../helpers/paths.ts'

export const labelsFile = repoPath('data', 'labels.txt')
export const models = (name: string) => repoPath('saved_models', name)

export interface Cluster {
  readonly kafka: TestKafka
  readonly host: string
  readonly port: string
}

export async function startCluster(): Promise<Cluster> {
  const kafka = await startKafka()
  const [host = 'localhost', port = '9092'] = (kafka.bootstrap.split(',')[0] ?? '').split(':')
  return { kafka, host, port }
}

/** Topics of one chain, named as in the original's example with something random behind. */
export type Topics = ReturnType<typeof newTopics>
export function newTopics() {
  const id = randomName('t')
  const topic = (name: string) => `${name}.${id}`
  return {
    deviceToEdge: topic('from_device_to_edge'),
    edgeToDevice: topic('from_edge_to_device'),
    edgeToFog: topic('from_edge_to_fog'),
    fogToEdge: topic('from_fog_to_edge'),
    fogToCloud: topic('from_fog_to_cloud'),
    cloudToFog: topic('from_cloud_to_fog'),
  }
}

export const backFlags = ({ host, port }: Cluster, requests: string, replies: string) => [
  ...['--producer-back', host, '--producer-back-port', port, '--producer-back-topic', replies],
  ...['--consumer-back', host, '--consumer-back-port', port, '--consumer-back-topic', requests],
]

export const frontFlags = ({ host, port }: Cluster, requests: string, replies: string) => [
  ...['--producer-front', host, '--producer-front-port', port, '--producer-front-topic', requests],
  ...['--consumer-front', host, '--consumer-front-port', port, '--consumer-front-topic', replies],
]

/** The links of a chain's tiers, by their names. */
export const chainFlags = (cluster: Cluster, t: Topics) => ({
  edge: [
    ...backFlags(cluster, t.deviceToEdge, t.edgeToDevice),
    ...frontFlags(cluster, t.edgeToFog, t.fogToEdge),
  ],
  fog: [
    ...backFlags(cluster, t.edgeToFog, t.fogToEdge),
    ...frontFlags(cluster, t.fogToCloud, t.cloudToFog),
  ],
  cloud: backFlags(cluster, t.fogToCloud, t.cloudToFog),
})

export type TierName = 'edge' | 'fog' | 'cloud'

/** So that a chain answers to the bit as a local run does, whose features never travel. */
export const exactFeatures = ['--feature-codec', 'float32']

/** The original's command of one tier, and exact features. */
export function tierFlags(cluster: Cluster, topics: Topics, tier: TierName): readonly string[] {
  const exact = tier === 'cloud' ? [] : exactFeatures
  const links = chainFlags(cluster, topics)[tier]
  return ['--models', models(tier), '--name', `local_${tier}`, ...exact, ...links]
}

export function deviceFlags(
  cluster: Cluster,
  topics: Topics,
  input: string,
  output: string,
): readonly string[] {
  return [
    ...['-i', input, '-l', labelsFile, '--name', 'device', '-o', output],
    ...frontFlags(cluster, topics.deviceToEdge, topics.edgeToDevice),
  ]
}

/** Starts a tier and resolves when it says that it is ready. */
export async function startTier(
  flags: readonly string[],
  options: CliOptions = {},
): Promise<RunningCli> {
  const tier = startCli([...flags, '--http-port', '0', '--http-host', '127.0.0.1'], {
    timeoutMs: 400_000,
    ...options,
  })
  await tier.waitFor(/"msg":"ready"/, 90_000)
  return tier
}

/** Stops tiers in order and holds each to a clean end. */
export async function stopTiers(tiers: readonly RunningCli[]): Promise<void> {
  for (const tier of tiers) {
    const { code, stderr } = await tier.stop('SIGTERM')
    assert.equal(code, 0, stderr)
  }
}

/** Answers of a local run over the same models, by file: what a chain must say too. */
export async function localAnswers(
  input: string,
  ...flags: readonly string[]
): Promise<ReadonlyMap<string, CsvRow>> {
  const output = join(tempFolder(), 'local.csv')
  const folders = ['edge', 'fog', 'cloud'].map(models)
  const { code, stderr } = await startCli(
    [
      '-i',
      input,
      '-l',
      labelsFile,
      '--name',
      'local',
      '-o',
      output,
      '--models',
      ...folders,
      ...flags,
    ],
    { timeoutMs: 400_000 },
  ).ended
  assert.equal(code, 0, stderr)
  return new Map(readCsv(output).map((row) => [row.File ?? '', row]))
}

const tierOf = (exit: string | undefined) => exit?.replace('local_', '') ?? ''

/** One answer an image, each the local run's: no answer lost, none given to another image. */
export function assertSameAnswers(
  rows: readonly CsvRow[],
  expected: ReadonlyMap<string, CsvRow>,
  options: { readonly exits: boolean } = { exits: true },
): void {
  assert.equal(rows.length, expected.size)
  assert.deepEqual(
    rows.map((row) => row.File),
    [...expected.keys()],
  )
  for (const row of rows) {
    const local = expected.get(row.File ?? '')
    assert.ok(local !== undefined, row.File)
    assert.equal(row.Error, '', row.File)
    assert.equal(row.Edge_Prediction, local.Edge_Prediction, `${row.File} at the edge`)
    // A sum in another order may differ in the last bits, never by a thousandth.
    const difference = Math.abs(Number(row.Confidence) - Number(local.Confidence))
    assert.ok(difference < 1e-3, `${row.File}: ${row.Confidence} and ${local.Confidence}`)
    if (!options.exits) continue
    assert.equal(tierOf(row.Exit), tierOf(local.Exit), row.File)
    assert.equal(row.Fog_Prediction, local.Fog_Prediction, `${row.File} at the fog`)
    assert.equal(row.Cloud_Prediction, local.Cloud_Prediction, `${row.File} at the cloud`)
  }
}
