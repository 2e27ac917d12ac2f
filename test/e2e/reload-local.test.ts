// Thresholds that change while a local run is at work, and a signal for a device that has no models.
import assert from 'node:assert/strict'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseManifest, writeManifest, type SubmodelManifest } from '../../src/model/manifest.ts'
import { readCsv, startCli, tempFolder } from '../helpers/cli.ts'
import { repoPath } from '../helpers/paths.ts'

const sample = repoPath('data', 'sample')
const labels = repoPath('data', 'labels.txt')

/** The usual pixels, fewer than ten images a second. */
const paced = `
import { createImageDecoder } from ${JSON.stringify(repoPath('dist', 'input', 'decode.js'))}
import { setTimeout } from 'node:timers/promises'
const decode = createImageDecoder()
let before = Promise.resolve()
export async function preprocess({ bytes, height, width }) {
  await (before = before.then(() => setTimeout(150)))
  return { data: await decode(bytes, height, width), shape: [height, width, 3] }
}
`

async function setThreshold(folder: string, threshold: number): Promise<void> {
  const file = join(folder, 'ddnn.json')
  const manifest = parseManifest(await readFile(file, 'utf8'), file) as SubmodelManifest
  const exits = manifest.exits.map((exit) => ({ ...exit, threshold }))
  await writeManifest(folder, { ...manifest, exits })
}

test('a local run takes other thresholds on its way, each row by those of its time', async () => {
  const cwd = tempFolder()
  const folders: string[] = []
  for (const tier of ['edge', 'fog', 'cloud']) {
    const folder = join(cwd, tier)
    await cp(repoPath('saved_models', tier), folder, { recursive: true })
    folders.push(folder)
  }
  const [edge = '', fog = ''] = folders
  await setThreshold(edge, 0)
  await writeFile(join(cwd, 'paced.mjs'), paced)
  const run = startCli(
    [
      ...['-i', sample, '-l', labels, '--name', 'local', '--models', ...folders],
      ...['--preprocess', 'paced.mjs', '--height', '180', '--width', '180'],
      ...['--reload-interval-ms', '50', '--max-in-flight', '2'],
    ],
    { cwd },
  )
  await run.waitFor(/"engine":/)
  await new Promise((resolve) => setTimeout(resolve, 1500))
  await setThreshold(fog, 2)
  await setThreshold(edge, 2)
  await run.waitFor(/manifests changed/)
  const { code, stderr } = await run.ended
  assert.equal(code, 0, stderr)
  const exits = readCsv(join(cwd, 'results.csv')).map(({ Exit }) => Exit)
  assert.equal(exits.length, 60)
  const first = exits.findIndex((exit) => exit !== 'edge')
  assert.ok(first > 0, exits.join())
  // Rows are in the order of the samples; two were under way when the thresholds changed.
  assert.deepEqual(new Set(exits.slice(first + 3)), new Set(['cloud']))
})

test('SIGHUP is no end for a device without models, which says that it has none to read anew', async () => {
  const nobody = ['--producer-front', 'localhost', '--consumer-front', 'localhost']
  const ports = ['--producer-front-port', '1', '--consumer-front-port', '1']
  const topics = ['--producer-front-topic', 'a', '--consumer-front-topic', 'b']
  const device = startCli([
    ...['-i', sample, '-l', labels, '--name', 'device', '--start-timeout-ms', '0'],
    ...[...nobody, ...ports, ...topics],
  ])
  await device.waitFor(/waiting/)
  device.child.kill('SIGHUP')
  await device.waitFor(/SIGHUP ignored/)
  const { code, signal } = await device.stop('SIGTERM')
  assert.equal(signal, null)
  assert.equal(code, 143)
})
