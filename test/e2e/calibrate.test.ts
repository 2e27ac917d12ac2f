// The calibrate command as a black box: the shipped flower models on the sample images.
import assert from 'node:assert/strict'
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { outlookOf } from '../../src/domain/calibration-table.ts'
import { readCalibrationScores } from '../../src/model/calibration-scores.ts'
import { parseManifest } from '../../src/model/manifest.ts'
import { readCsv, runCli, tempFolder } from '../helpers/cli.ts'
import { repoPath } from '../helpers/paths.ts'

const images = ['-i', repoPath('data', 'sample'), '-l', repoPath('data', 'labels.txt')]
const tiers = ['edge', 'fog', 'cloud'] as const

/** A copy of the shipped models, whose manifests may change. */
function copyModels(): string {
  const root = join(tempFolder(), 'models')
  cpSync(repoPath('saved_models'), root, { recursive: true })
  return root
}

function manifestOf(root: string, tier: string) {
  const file = join(root, tier, 'ddnn.json')
  const manifest = parseManifest(readFileSync(file, 'utf8'), file)
  assert.ok('family' in manifest)
  return manifest
}

test('thresholds for an exit rate are written, reported, and decide the next run', async () => {
  const root = copyModels()
  const before = tiers.map((tier) => manifestOf(root, tier))
  const models = ['--models', join(root, 'model')]
  const report = join(tempFolder(), 'report')
  const goal = ['--exit-rate', '0.5,0.8', '--criterion', 'entropy', '--split', '1']
  const link = ['--link', 'edge-fog=10ms/20mbit,fog-cloud=40ms']
  const done = await runCli(['calibrate', ...models, ...images, ...goal, ...link, '-o', report])
  assert.equal(done.code, 0, done.stderr)
  assert.match(done.stdout, /Threshold \(entropy\)/)
  assert.match(done.stdout, /all images chose/)
  const [, chosen = ''] = /Features travel as (\S+): the fewest bytes/.exec(done.stdout) ?? []
  assert.match(chosen, /\+deflate$/)

  const after = tiers.map((tier) => manifestOf(root, tier))
  const versions = new Set(after.map(({ calibration }) => calibration?.version))
  assert.equal(versions.size, 1)
  assert.ok(done.stdout.includes([...versions][0] ?? '-'))
  for (const [i, manifest] of after.entries()) {
    assert.equal(manifest.family, before[i]?.family)
    assert.equal(manifest.exits[0]?.criterion, 'entropy')
    assert.equal(manifest.exits[0]?.threshold === undefined, i === 2)
    assert.equal(manifest.featureCodec, i === 2 ? undefined : after[0]?.featureCodec)
  }
  assert.equal(after[0]?.featureCodec, chosen)
  // What other thresholds would give is told by the same images: those in use give what was promised.
  const told = await readCalibrationScores(join(root, 'edge'))
  assert.ok(told !== undefined && told.images === 60)
  const { leave } = outlookOf(
    told,
    after.map(({ exits }) => exits[0]?.threshold ?? Infinity),
  )
  assert.ok((leave[0] ?? 0) >= 0.5 && (leave[0] ?? 0) + (leave[1] ?? 0) >= 0.8, leave.join())
  for (const file of ['calibration.json', 'sweep.csv', 'calibration.html']) {
    assert.ok(existsSync(join(report, file)), file)
  }
  const { thresholds } = JSON.parse(readFileSync(join(report, 'calibration.json'), 'utf8')) as {
    thresholds: number[]
  }
  assert.equal(after[0]?.exits[0]?.threshold, thresholds[0])
  assert.equal(readCsv(join(report, 'sweep.csv'))[0]?.cloud_Share, '1')

  const cwd = tempFolder()
  const run = await runCli(['--name', 'x', ...models, ...images], { cwd })
  assert.equal(run.code, 0, run.stderr)
  const rows = readCsv(join(cwd, 'results.csv'))
  // What calibrate promised of these very images; batches of another size may move one.
  const left = rows.filter((row) => row.Fog_Prediction === '')
  assert.ok(left.length >= 0.5 * rows.length - 1, `${left.length} of ${rows.length}`)
  for (const { Confidence } of left) assert.ok(Number(Confidence) >= (thresholds[0] ?? 2) - 1e-6)
})

test('a dry run, a goal out of reach and half a chain leave the manifests as they are', async () => {
  const root = copyModels()
  const text = () => tiers.map((tier) => readFileSync(join(root, tier, 'ddnn.json'), 'utf8'))
  const before = text()
  // A codec that is given need not be chosen, which takes most of the time.
  const codec = ['--feature-codec', 'float32']
  const model = ['--models', join(root, 'model'), '--limit', '60', ...codec]
  // What a calibration that was killed while it wrote leaves.
  const part = join(root, 'edge', 'ddnn.json.part')
  cpSync(join(root, 'edge', 'ddnn.json'), part)
  const dry = await runCli(['calibrate', ...model, ...images, '--exit-rate', '0.5', '--dry-run'])
  assert.equal(dry.code, 0, dry.stderr)
  assert.match(dry.stdout, /--dry-run/)
  assert.ok(existsSync(part))
  const lossless = await runCli(['calibrate', ...model, ...images, '--max-accuracy-loss', '0.1'])
  assert.equal(lossless.code, 2)
  assert.match(lossless.stderr, /even without an error 2,995 are needed/)
  const noSuchLink = ['--exit-rate', '0.5', '--link', 'edge-cloud=10ms']
  // Found before the images are looked for.
  const link = await runCli(['calibrate', ...model, '-i', 'nowhere', ...noSuchLink])
  assert.equal(link.code, 2)
  assert.match(link.stderr, /got 'edge-cloud=10ms'; there are edge-fog, fog-cloud/)
  const half = await runCli(['calibrate', '--models', join(root, 'edge'), ...images])
  assert.equal(half.code, 2)
  assert.match(half.stderr, /whole chain/)
  assert.deepEqual(text(), before)
})

test('--feature-codec is written as it is given, and thresholds are chosen with it', async () => {
  const root = copyModels()
  const models = ['--models', join(root, 'model'), '--limit', '30', '--exit-rate', '0.5']
  const given = ['--split', '1', '--feature-codec', 'int2', '--engine', 'wasm']
  const { code, stdout, stderr } = await runCli(['calibrate', ...models, ...images, ...given])
  assert.equal(code, 0, stderr)
  assert.doesNotMatch(stdout, /Features travel as/)
  assert.deepEqual(
    tiers.map((tier) => manifestOf(root, tier).featureCodec),
    ['int2', 'int2', undefined],
  )
})
