// The results command as a black box, over histories that this test makes and the one that is shipped.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import sharp from 'sharp'
import { runCli, startCli, tempFolder } from '../helpers/cli.ts'
import { repoPath } from '../helpers/paths.ts'

const rising = [0.4, 0.6, 0.7]
const falling = [2, 1.5, 1.2]
const history = Object.fromEntries(
  ['', 'val_'].flatMap((share) => [
    [`${share}loss`, falling],
    ...['edge_exit', 'cloud_exit'].flatMap((exit) => [
      [`${share}${exit}_loss`, falling],
      [`${share}${exit}_accuracy`, rising],
    ]),
  ]),
) as Record<string, number[]>

function runFolder(name: string): string {
  const run = join(tempFolder(), name)
  mkdirSync(run)
  writeFileSync(join(run, 'model.history'), JSON.stringify(history))
  writeFileSync(
    join(run, 'run.json'),
    JSON.stringify({ command: ['train', '-i', 'photos'], seed: 7, bestEpoch: 2 }),
  )
  writeFileSync(join(run, 'evaluation.json'), '{}')
  return run
}

test('a run folder becomes figures, a page with its facts and links, and a table', async () => {
  const run = runFolder('flowers')
  const cwd = tempFolder()
  const result = await runCli(['results', '-i', run, '-o', 'out'], { cwd })
  assert.equal(result.code, 0, result.stderr)
  assert.equal(result.stderr, '')
  const output = join(cwd, 'out')
  const files = ['curves', 'accuracy', 'loss'].flatMap((name) => [`${name}.svg`, `${name}.png`])
  assert.deepEqual(readdirSync(output).toSorted(), [...files, 'index.html'].toSorted())
  const page = readFileSync(join(output, 'index.html'), 'utf8')
  for (const part of ['ddnn train -i photos', 'Training of flowers', 'evaluation.json', '70.0 %']) {
    assert.ok(page.includes(part), part)
  }
  assert.match(readFileSync(join(output, 'accuracy.svg'), 'utf8'), /kept: epoch 2/)
  const { width, height } = await sharp(join(output, 'curves.png')).metadata()
  assert.deepEqual([width, height], [2560, 840])
  assert.match(result.stdout, /edge +│ validation +│ 70\.0 %/)
  assert.match(result.stdout, /Written to out: curves\.svg/)
})

test('several runs are compared, among them the shipped one; formats are what was asked for', async () => {
  const cwd = tempFolder()
  const inputs = ['-i', runFolder('mine'), repoPath('saved_models', 'model.history')]
  const result = await runCli(['results', ...inputs, '--format', 'svg,html'], { cwd })
  assert.equal(result.code, 0, result.stderr)
  const output = join(cwd, 'results')
  assert.deepEqual(readdirSync(output).toSorted(), ['accuracy.svg', 'index.html', 'loss.svg'])
  const page = readFileSync(join(output, 'index.html'), 'utf8')
  assert.match(page, /2 training runs/)
  assert.match(page, /Accuracy of edge/)
})

test('what is no history is named with exit code 2, and nothing is written', async () => {
  const cwd = tempFolder()
  writeFileSync(join(cwd, 'package.json'), '{"name": "x"}')
  writeFileSync(join(cwd, 'uneven.json'), '{"loss": [1, 2], "val_loss": [1]}')
  for (const [args, said] of [
    [[], /PATH to be given/],
    [['-i', 'missing'], /DDNN_INPUT_MISSING/],
    [['-i', 'package.json'], /DDNN_INPUT_UNREADABLE/],
    [['-i', 'uneven.json'], /2 for 'loss', 1 for 'val_loss'/],
    [['-i', runFolder('good'), 'package.json'], /package\.json/],
    [['-i', runFolder('good'), '--format', 'pdf'], /'pdf'/],
    [['-i', runFolder('good'), '--plot-module', 'package.json'], /DDNN_MODULE_INVALID/],
  ] as const) {
    const result = await runCli(['results', ...args], { cwd })
    assert.equal(result.code, 2, result.stderr)
    assert.match(result.stderr, said)
    assert.doesNotMatch(result.stderr, /\n\s+at /)
    assert.ok(!existsSync(join(cwd, 'results')))
  }
})

test('a plot module draws in place of the standard figures, and a signal ends one that hangs', async () => {
  const cwd = tempFolder()
  const example = repoPath('docs', 'examples', 'plot-overfitting.js')
  const run = await runCli(['results', '-i', runFolder('a'), '--plot-module', example], { cwd })
  assert.equal(run.code, 0, run.stderr)
  const written = readdirSync(join(cwd, 'results'))
  assert.ok(written.includes('overfitting.csv') && written.includes('last-gaps.png'))
  assert.ok(!written.includes('accuracy.svg'))

  writeFileSync(
    join(cwd, 'hangs.mjs'),
    "export function createFigures() { console.log('hanging'); return new Promise((done) => setTimeout(done, 1e6)) }",
  )
  const args = ['results', '-i', runFolder('b'), '-o', 'none', '--plot-module', 'hangs.mjs']
  const hanging = startCli(args, { cwd })
  await hanging.waitFor(/hanging/)
  const { code, stderr } = await hanging.stop('SIGINT')
  assert.equal(code, 130)
  assert.match(stderr, /Interrupted; written: nothing/)
  assert.deepEqual(readdirSync(join(cwd, 'none')), [])
})
