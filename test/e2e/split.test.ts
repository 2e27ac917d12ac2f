// --split as a user has it: a family of eight submodels in three tiers, run as a cascade, then split again.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { drawFlower, labels } from '../../src/input/drawn-flowers.ts'
import { answerOfRow, readCsv, runCli, tempFolder } from '../helpers/cli.ts'
import { repoPath } from '../helpers/paths.ts'

const images = tempFolder()
const output = join(tempFolder(), 'models')

before(async () => {
  for (const label of labels) {
    mkdirSync(join(images, label))
    for (let seed = 0; seed < 6; seed++) {
      const image = await drawFlower({ label, difficulty: 0.2, seed, size: 48 })
      writeFileSync(join(images, label, `${seed}.jpg`), image)
    }
  }
  const split = ['edge=model_1+model_2,fog=model_3..model_5', 'cloud=model_6..model_8']
  const flags = ['--network', 'original', '-g', '40', '-w', '40', '-e', '1', '-b', '10']
  const args = ['train', '-i', images, '-o', output, ...flags, '--split', ...split]
  const trained = await runCli(args)
  assert.equal(trained.code, 0, trained.stderr)
  for (const tier of ['edge', 'fog', 'cloud']) {
    assert.ok(trained.stdout.includes(join(output, tier)), trained.stdout)
  }
})

const stagesOf = (tier: string): readonly string[] =>
  (JSON.parse(readFileSync(join(output, tier, 'ddnn.json'), 'utf8')) as { stages: string[] }).stages

/** A local run of these folders, one after the other. */
async function run(tiers: readonly string[], threshold: number) {
  const cwd = tempFolder()
  const folders = tiers.map((tier) => join(output, tier))
  const args = ['-i', images, '-l', repoPath('data', 'labels.txt'), '--threshold', `${threshold}`]
  const result = await runCli([...args, '--name', 'x', '--models', ...folders], { cwd })
  assert.equal(result.code, 0, result.stderr)
  return readCsv(join(cwd, 'results.csv'))
}

test('tiers are lists of the submodels, whose weights are stored once', () => {
  assert.deepEqual(stagesOf('edge'), ['../model_1', '../model_2'])
  assert.deepEqual(stagesOf('fog'), ['../model_3', '../model_4', '../model_5'])
  assert.deepEqual(stagesOf('cloud'), ['../model_6', '../model_7', '../model_8'])
  assert.ok(!existsSync(join(output, 'edge', 'weights.bin')))
})

test('the tiers run as a cascade that answers as the whole model does', async () => {
  // Barely trained logits are near each other: the first exit's median confidence parts the images.
  const confidences = (await run(['edge'], 0)).map((row) => Number(row['Confidence']))
  const threshold = confidences.toSorted((a, b) => a - b)[15] as number
  const whole = await run(['model'], threshold)
  const tiers = await run(['edge', 'fog', 'cloud'], threshold)
  const bare = (rows: typeof whole) =>
    rows.map((row) => [row['File'], row['Exit'], answerOfRow(row)])
  assert.equal(tiers.length, 30)
  assert.deepEqual(bare(tiers), bare(whole))
  const leftAtEdge = tiers.filter((row) => row['Fog_Prediction'] === '').length
  assert.ok(leftAtEdge > 0 && leftAtEdge < 30, `${leftAtEdge} of 30 left at the edge`)
})

test('a family that is trained is split again without images', async () => {
  const args = ['train', '-o', output, '--split', 'near=model_1..model_3', 'far=model_4..model_8']
  const result = await runCli(args)
  assert.equal(result.code, 0, result.stderr)
  assert.deepEqual(stagesOf('near'), ['../model_1', '../model_2', '../model_3'])
  const answered = await run(['near', 'far'], 2)
  assert.equal(answered.filter((row) => row['Fog_Prediction'] !== '').length, 30)
  const again = ['train', '-o', output, '--split', 'near=model_1', 'far=model_2..model_8']
  assert.equal((await runCli(again)).code, 0)
  assert.deepEqual(stagesOf('near'), ['../model_1'])
})

for (const [what, folder, split, message] of [
  ['a folder without a family', images, ['a=b'], /submodels of one family.*got none/],
  ['an unknown submodel', output, ['a=model_1..model_9'], /model_1, model_2.*got 'model_9'/],
  ['the whole model as a tier', output, ['model=model_1', 'b=model_2..model_8'], /whole model/],
  ['a folder that is in use', output, ['a=model_1', 'taken=model_2..model_8'], /no list of stages/],
] as const) {
  test(`splitting ${what} is refused with exit code 2`, async () => {
    mkdirSync(join(output, 'taken'), { recursive: true })
    const result = await runCli(['train', '-o', folder, '--split', ...split])
    assert.equal(result.code, 2, result.stderr)
    assert.match(result.stderr, message)
    assert.ok(!existsSync(join(output, 'a')))
  })
}
