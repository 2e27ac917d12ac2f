// The train command as a black box, and its models in a run: small images, one epoch.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { drawFlower, labels } from '../../src/input/drawn-flowers.ts'
import { parseManifest } from '../../src/model/manifest.ts'
import { readCsv, runCli, tempFolder } from '../helpers/cli.ts'
import { assertForm } from '../helpers/json-form.ts'
import { repoPath } from '../helpers/paths.ts'

let images: string
before(async () => {
  images = tempFolder()
  for (const label of labels) {
    mkdirSync(join(images, label))
    for (let seed = 0; seed < 10; seed++) {
      const image = await drawFlower({ label, difficulty: 0.2, seed, size: 64 })
      writeFileSync(join(images, label, `${seed}.jpg`), image)
    }
  }
})

const size = ['-g', '60', '-w', '60']

for (const [network, submodels] of [
  ['compact', 3],
  ['original', 8],
] as const) {
  test(`the ${network} network is trained, written with manifests and a history, and runs`, async () => {
    const output = join(tempFolder(), 'models')
    const trained = await runCli(
      ['train', '-i', images, '-o', output, '-e', '1', '-b', '10', '--network', network, ...size],
      { timeoutMs: 300_000 },
    )
    assert.equal(trained.code, 0, trained.stderr)
    const stages = parseManifest(readFileSync(join(output, 'model', 'ddnn.json'), 'utf8'), 'model')
    assert.ok('stages' in stages)
    assert.equal(stages.stages.length, submodels)
    const families = new Set<string>()
    for (const stage of stages.stages) {
      const file = join(output, 'model', stage, 'ddnn.json')
      const manifest = parseManifest(readFileSync(file, 'utf8'), file)
      assert.ok('family' in manifest)
      families.add(manifest.family)
      assert.deepEqual(manifest.labels, labels)
    }
    assert.equal(families.size, 1)
    assert.ok(existsSync(join(output, 'model.history')))

    const cwd = tempFolder()
    const args = ['-i', images, '-l', repoPath('data', 'labels.txt'), '--name', 'x']
    const run = await runCli([...args, '--models', join(output, 'model'), '--limit', '5'], { cwd })
    assert.equal(run.code, 0, run.stderr)
    for (const row of readCsv(join(cwd, 'results.csv'))) assert.notEqual(row.Exit, '')
  })
}

test('training on one label, or on less than a batch, is refused with exit code 2', async () => {
  const one = tempFolder()
  mkdirSync(join(one, 'daisy'))
  for (const label of ['daisy']) {
    const image = await drawFlower({ label, difficulty: 0, seed: 1, size: 64 })
    for (let i = 0; i < 4; i++) writeFileSync(join(one, label, `${i}.jpg`), image)
  }
  for (const args of [
    ['-i', one, '-b', '1'],
    ['-i', images, '-b', '500'],
  ]) {
    const result = await runCli(['train', ...args, '-o', join(tempFolder(), 'm'), ...size])
    assert.equal(result.code, 2, result.stderr)
    assert.match(result.stderr, /DDNN_CONFIG_INVALID/)
    assert.doesNotMatch(result.stderr, /\n\s+at /)
  }
})

test('a recipe file trains as its flags would; a typed flag comes first', async () => {
  const folder = tempFolder()
  const recipe = join(folder, 'own.yaml')
  const lines = ['network: compact', 'image_height: 60', 'image_width: 60', 'batch_size: 10']
  writeFileSync(recipe, [...lines, 'epochs: 4', 'recipe:', '  mixup: 0', '  cutmix: 0'].join('\n'))
  const output = join(folder, 'models')
  const args = ['train', '--recipe', recipe, '-i', images, '-o', output, '-e', '1', '--json']
  const trained = await runCli(args, { timeoutMs: 300_000 })
  assert.equal(trained.code, 0, trained.stderr)
  assertForm('train', trained.stdout)
  assert.match(trained.stderr, /epoch 1 of 1 in .*: edge_exit .* % \(training .* %\), fog_exit/)
  const record = JSON.parse(readFileSync(join(output, 'run.json'), 'utf8')) as {
    command: string[]
    recipe: { mixup: number; distillation: number }
  }
  assert.deepEqual(record.command, args)
  assert.deepEqual([record.recipe.mixup, record.recipe.distillation], [0, 0.5])
})

test('what is wrong with flags and recipe is told at once', async () => {
  const recipe = join(tempFolder(), 'wrong.yaml')
  writeFileSync(recipe, 'epoch: 4\nrecipe:\n  learning_rate: 1\n')
  const result = await runCli(['train', '--recipe', recipe, '-b', 'many'])
  assert.equal(result.code, 2)
  for (const part of [
    'did you mean epochs',
    "did you mean 'learningRate'",
    'PHOTOS',
    'batch_size',
  ]) {
    assert.ok(result.stderr.includes(part), result.stderr)
  }
})
