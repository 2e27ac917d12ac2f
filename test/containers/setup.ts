// What the tests of images share: a clean clone, images of its Dockerfiles, brokers that go by the names of
// the manifests, samples of CIFAR-10's labels.
import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { drawFlower, labels as flowers } from '../../src/input/drawn-flowers.ts'
import { readCsv, tempFolder, type CsvRow } from '../helpers/cli.ts'
import type { RunningContainer } from '../helpers/container.ts'
import { repoPath, repoRoot } from '../helpers/paths.ts'
import { serveAddress, type ServiceAddress } from '../helpers/service-address.ts'
import { until } from '../helpers/until.ts'

const run = promisify(execFile)

/** Three images of one engine; the suites of other folders look for them by these names. */
export const images = [
  { tag: 'localhost/edge:test', dockerfile: 'Dockerfile-EDGE', models: ['edge'] },
  { tag: 'localhost/cloud:test', dockerfile: 'Dockerfile-CLOUD', models: ['fog', 'cloud'] },
  {
    tag: 'localhost/only-cloud:test',
    dockerfile: 'Dockerfile-only-cloud',
    models: ['edge', 'fog', 'cloud'],
  },
] as const

/** What is committed, and nothing else: no build, no node_modules, no file that git does not know. */
export async function cleanClone(): Promise<string> {
  const folder = join(tempFolder(), 'clone')
  await run('git', ['clone', '--quiet', '--no-hardlinks', repoRoot, folder])
  return folder
}

/** The commit of a clone. */
export async function revisionOf(clone: string): Promise<string> {
  return (await run('git', ['rev-parse', 'HEAD'], { cwd: clone })).stdout.trim()
}

/** Samples as a device reads them: `images/LABEL/*.jpg`, 32 x 32, and `labels.txt`. */
export interface Samples {
  readonly folder: string
  readonly count: number
}

export async function drawSamples(perLabel: number): Promise<Samples> {
  const folder = tempFolder()
  const manifest = repoPath('saved_models', 'cifar10', 'edge', 'ddnn.json')
  const { labels } = JSON.parse(readFileSync(manifest, 'utf8')) as { labels: readonly string[] }
  writeFileSync(join(folder, 'labels.txt'), `${labels.join('\n')}\n`)
  let seed = 1
  for (const name of labels) {
    mkdirSync(join(folder, 'images', name), { recursive: true })
    for (let i = 0; i < perLabel; i++) {
      // No network knows flowers as these labels, which is what makes some unsure and others not.
      const label = flowers[seed % flowers.length] ?? 'daisy'
      const image = await drawFlower({ label, difficulty: i / perLabel, seed: seed++, size: 32 })
      writeFileSync(join(folder, 'images', name, `${String(i).padStart(3, '0')}.jpg`), image)
    }
  }
  // A temporary folder is its maker's alone; the container's user is another.
  chmodSync(folder, 0o755)
  return { folder, count: perLabel * labels.length }
}

/** A folder that the container's user may write to, whoever that is. */
export function writableFolder(): string {
  const folder = tempFolder()
  chmodSync(folder, 0o777)
  return folder
}

/** Addresses by host name, so that `name:9092` leads to one broker each. */
export async function nameBrokers(
  names: readonly string[],
  bootstrap: string,
): Promise<{ hosts: Readonly<Record<string, string>>; close(): Promise<void> }> {
  const brokers = bootstrap.split(',')
  const served = await Promise.all(
    names.map(async (name, i): Promise<[string, ServiceAddress]> => [
      name,
      await serveAddress(9092, brokers[i % brokers.length] ?? ''),
    ]),
  )
  return {
    hosts: Object.fromEntries(served.map(([name, { host }]) => [name, host])),
    close: async () => void (await Promise.all(served.map(([, address]) => address.close()))),
  }
}

/** Requests of a tier that ended so, of its metrics. */
export async function requestsOf(host: string, outcomes: readonly string[]): Promise<number> {
  const text = await (await fetch(`http://${host}:8080/metrics`)).text()
  const lines = text.matchAll(/^ddnn_requests_total\{[^}]*outcome="(\w+)"[^}]*\} (\d+)/gm)
  return [...lines]
    .filter(([, outcome = '']) => outcomes.includes(outcome))
    .reduce((sum, [, , count]) => sum + Number(count), 0)
}

/** Resolves once the container's own health check passes, asked as an engine asks it. */
export async function untilHealthy(
  container: RunningContainer,
  check: readonly string[],
): Promise<void> {
  const isHealthy = async () => (await container.exec(check)).code === 0
  await until('a container to be healthy', isHealthy, 120_000).catch((error: Error) => {
    throw new Error(`${error.message}, got\n${container.output()}`)
  })
}

/** Rows of a result by file. */
export function rowsByFile(folder: string, file: string): ReadonlyMap<string, CsvRow> {
  return new Map(readCsv(join(folder, file)).map((row) => [row['File'] ?? '', row]))
}
