// The command line without Kafka: a local run, the demo, and what a user's mistakes get.
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { answerOfRow, readCsv, runCli, startCli, tempFolder } from '../helpers/cli.ts'
import { repoPath } from '../helpers/paths.ts'

const sample = repoPath('data', 'sample')
const labels = repoPath('data', 'labels.txt')
const models = repoPath('saved_models')
const local = ['-i', sample, '-l', labels, '--name', 'local', '--models', join(models, 'model')]

test('a local run over saved_models/model answers every sample and says where each left', async () => {
  const cwd = tempFolder()
  const { code, stdout, stderr } = await runCli(local, { cwd })
  assert.equal(code, 0, stderr)
  const rows = readCsv(join(cwd, 'results.csv'))
  assert.equal(rows.length, 60)
  for (const [i, row] of rows.entries()) {
    assert.equal(row.Test, String(i))
    assert.notEqual(answerOfRow(row), '')
    assert.equal(row.Error, '')
  }
  assert.match(stdout, /accuracy/i)
  assert.match(stdout, /p95/)
})

test('both engines answer the same samples alike', async () => {
  const answers = []
  for (const engine of ['tensorflow', 'wasm']) {
    const cwd = tempFolder()
    const { code, stderr } = await runCli([...local, '--engine', engine], { cwd })
    assert.equal(code, 0, stderr)
    answers.push(readCsv(join(cwd, 'results.csv')).map((row) => [row.Exit, answerOfRow(row)]))
  }
  assert.deepEqual(answers[0], answers[1])
})

test('the models in order are the same as the list of their stages', async () => {
  const answers = []
  for (const folders of [['model'], ['edge', 'fog', 'cloud']]) {
    const cwd = tempFolder()
    const args = ['-i', sample, '-l', labels, '--name', 'x', '--models']
    const { code } = await runCli([...args, ...folders.map((f) => join(models, f))], { cwd })
    assert.equal(code, 0)
    answers.push(readCsv(join(cwd, 'results.csv')).map((row) => [row.Exit, answerOfRow(row)]))
  }
  assert.deepEqual(answers[0], answers[1])
})

test('--threshold 0 leaves everything at the first exit, one above 1 sends everything to the last', async () => {
  for (const [threshold, exit] of [
    ['0', 'edge'],
    ['1.1', 'cloud'],
  ] as const) {
    const cwd = tempFolder()
    await runCli([...local, '--threshold', threshold, '--limit', '5'], { cwd })
    const rows = readCsv(join(cwd, 'results.csv'))
    assert.deepEqual(
      rows.map((row) => row.Exit),
      Array(5).fill(exit),
    )
  }
})

test('the demo answers all sample images with Node alone, at least a tenth at each tier', async () => {
  const cwd = tempFolder()
  const { code, stdout, stderr } = await runCli(['demo', '--engine', 'wasm'], { cwd })
  assert.equal(code, 0, stderr)
  const rows = readCsv(join(cwd, 'results.csv'))
  assert.equal(rows.length, 60)
  assert.ok(rows.every((row) => answerOfRow(row) !== '' && row.Fallback !== 'true'))
  for (const tier of ['edge', 'fog', 'cloud']) {
    const left = rows.filter((row) => row.Exit === tier).length
    assert.ok(left >= 6, `${left} of 60 left at ${tier}`)
  }
  // Each tier with what it scores on all images, and what leaving early saved: all tiers tell of themselves.
  assert.match(stdout, /edge(\D+[\d.]+){4}/)
  assert.match(stdout, /cloud(\D+[\d.]+){4}/)
  const took = Number(/Leaving early took ([\d.]+) % of the multiply-adds/.exec(stdout)?.[1])
  assert.ok(took > 0 && took < 100, stdout)
  assert.match(stdout, /Between tiers at most [\d.]+ kB of features, in place of [\d.]+ MB/)
  assert.ok(existsSync(join(cwd, 'results.html')))
})

test('an unreadable image is a row with its error, and the run goes on with exit code 1', async () => {
  const cwd = tempFolder()
  const input = join(cwd, 'images')
  cpSync(sample, input, { recursive: true })
  writeFileSync(join(input, 'daisy', 'broken.jpg'), '')
  const args = ['-i', input, '-l', labels, '--name', 'x', '--models', join(models, 'model')]
  const { code, stderr, stdout } = await runCli(args, { cwd })
  assert.equal(code, 1, stderr)
  const rows = readCsv(join(cwd, 'results.csv'))
  assert.equal(rows.length, 61)
  const failed = rows.filter((row) => row.Error !== '')
  assert.deepEqual(
    failed.map((row) => row.File),
    [join('daisy', 'broken.jpg')],
  )
  assert.match(failed[0]?.Error ?? '', /DDNN_INPUT_UNREADABLE/)
  assert.match(stdout, /DDNN_INPUT_UNREADABLE/)
})

test('Ctrl-C leaves a valid CSV of the samples that were answered', async () => {
  const cwd = tempFolder()
  const run = startCli([...local, '--engine', 'wasm', '--max-in-flight', '1'], { cwd })
  const csv = join(cwd, 'results.csv')
  const deadline = Date.now() + 60_000
  while (!existsSync(csv) || readCsv(csv).length < 3) {
    assert.ok(Date.now() < deadline, run.output())
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const { code, stdout } = await run.stop('SIGINT')
  const rows = readCsv(csv)
  assert.ok(rows.length >= 3 && rows.length <= 60)
  assert.equal(code, 130)
  if (rows.length < 60)
    assert.ok(stdout.includes(`${60 - rows.length} of 60 images were not run`), stdout)
  for (const [i, row] of rows.entries()) {
    assert.equal(row.Test, String(i))
    assert.notEqual(answerOfRow(row), '')
  }
})

test("a user's own preprocessing and report take the place of ours", async () => {
  const cwd = tempFolder()
  const output = join(cwd, 'confusion.json')
  const { code, stderr } = await runCli(
    [
      ...local,
      ...['--preprocess', repoPath('docs', 'examples', 'preprocess-keep-aspect.js')],
      ...['--report-module', repoPath('docs', 'examples', 'report-confusion.js')],
      ...['-o', output],
    ],
    { cwd },
  )
  assert.equal(code, 0, stderr)
  const text = readFileSync(output, 'utf8')
  assert.doesNotThrow(() => JSON.parse(text) as unknown)
  assert.match(text, /daisy/)
  assert.ok(!existsSync(join(cwd, 'results.csv')))
})

test('help, version and a completion script are printed', async () => {
  const help = await runCli(['--help'])
  assert.equal(help.code, 0)
  assert.match(help.stdout, /--producer-back-topic/)
  assert.match((await runCli(['--version'])).stdout, /^\d+\.\d+\.\d+/)
  assert.match((await runCli(['completion'])).stdout, /--get-yargs-completions/)
})

const writeLabels = (...names: string[]) => {
  const file = join(tempFolder(), 'labels.txt')
  writeFileSync(file, `${names.join('\n')}\n`)
  return file
}
const swapped = () => writeLabels('tulips', 'daisy', 'dandelion', 'roses', 'sunflowers')
const emptyInput = () => {
  const folder = tempFolder()
  for (const label of ['daisy', 'dandelion', 'roses', 'sunflowers', 'tulips']) {
    mkdirSync(join(folder, label))
  }
  return folder
}
const damaged = () => {
  const folder = join(tempFolder(), 'edge')
  cpSync(join(models, 'edge'), folder, { recursive: true })
  writeFileSync(join(folder, 'model.json'), '{"modelTopology"')
  return folder
}

const mistakes: readonly [title: string, args: () => string[], code: string, words: RegExp][] = [
  ['a name alone', () => ['--name', 'x'], 'DDNN_CONFIG_INVALID', /--input \(a device\), --models/],
  [
    'a model folder that is not there',
    () => [...local.slice(0, -1), 'nowhere'],
    'DDNN_MODEL_MISSING',
    /nowhere/,
  ],
  [
    'a damaged model',
    () => [...local.slice(0, -1), damaged()],
    'DDNN_MODEL_DAMAGED',
    /model\.json/,
  ],
  [
    'models in the wrong order',
    () => [...local.slice(0, -1), join(models, 'fog'), join(models, 'edge')],
    'DDNN_MODEL_CHAIN',
    /fog/,
  ],
  [
    'a labels file that is not there',
    () => local.map((a) => (a === labels ? 'none.txt' : a)),
    'DDNN_INPUT_MISSING',
    /none\.txt/,
  ],
  [
    'an input folder that is not there',
    () => local.map((a) => (a === sample ? 'no-images' : a)),
    'DDNN_INPUT_MISSING',
    /no-images/,
  ],
  [
    'an input of empty label folders',
    () => local.map((a) => (a === sample ? emptyInput() : a)),
    'DDNN_INPUT_MISSING',
    /daisy/,
  ],
  [
    'labels in another order',
    () => local.map((a) => (a === labels ? swapped() : a)),
    'DDNN_LABELS_MISMATCH',
    /tulips, daisy/,
  ],
  [
    'another size than the model takes',
    () => [...local, '--height', '90'],
    'DDNN_CONFIG_INVALID',
    /180x180x3.*90x180x3/,
  ],
  [
    'a preprocessing module without its export',
    () => [...local, '--preprocess', repoPath('eslint.config.js')],
    'DDNN_MODULE_INVALID',
    /preprocess/,
  ],
]
for (const [title, args, code, words] of mistakes) {
  test(`${title} ends with exit code 2, a sentence and no stack trace`, async () => {
    const result = await runCli(args())
    assert.equal(result.code, 2, result.stderr)
    assert.match(result.stderr, new RegExp(code))
    assert.match(result.stderr, words)
    assert.doesNotMatch(result.stderr, /\n\s+at /)
  })
}
