// `ddnn evaluate` as a user runs it: the same answers as a local run, whole files, exit codes.
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readCsv, runCli, startCli, tempFolder } from '../helpers/cli.ts'
import { repoPath } from '../helpers/paths.ts'

const sample = repoPath('data', 'sample')
const labelsFile = repoPath('data', 'labels.txt')
const labels = readFileSync(labelsFile, 'utf8').trim().split('\n')
const modelsFolder = repoPath('saved_models')
const model = join(modelsFolder, 'model')

interface Share {
  readonly count: number
  readonly of: number
  readonly share: number
}

/** What the tests read of evaluation.json. */
interface Figures {
  readonly samples: number
  readonly labels: readonly string[]
  readonly exits: readonly { name: string; accuracy: Share; confusion: number[][] }[]
  readonly cascade: {
    accuracy: Share
    exits: readonly { name: string; left: Share; accuracy: Share }[]
    tiers: readonly { name: string; left: Share }[]
    unsure: { left: Share }
    cuts: readonly { after: string; share: number }[]
  }
  readonly unreadable: readonly { file: string; reason: string }[]
}

const readFigures = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'evaluation.json'), 'utf8')) as Figures

for (const flags of [[], ['-t', '0.97', '--criterion', 'margin']]) {
  test(`the cascade answers every sample as a local run does${flags.length > 0 ? ` with ${flags.join(' ')}` : ''}`, async () => {
    const cwd = tempFolder()
    const both = ['--models', model, '-i', sample, '--limit', '30', ...flags]
    const local = await runCli([...both, '-l', labelsFile, '--name', 'local', '-o', 'local.csv'], {
      cwd,
    })
    assert.equal(local.code, 0, local.stderr)
    // Features of a local run never travel.
    const exact = ['--feature-codec', 'float32']
    const evaluated = await runCli(['evaluate', ...both, ...exact, '-o', 'out'], { cwd })
    assert.equal(evaluated.code, 0, evaluated.stderr)
    const served = readCsv(join(cwd, 'local.csv'))
    const rows = readCsv(join(cwd, 'out', 'evaluation.csv'))
    assert.equal(rows.length, 30)
    assert.deepEqual(
      rows.map((row) => [row.File, row.Exit, row.Prediction]),
      served.map((row) => {
        const answer = row.Cloud_Prediction || row.Fog_Prediction || row.Edge_Prediction
        return [row.File, row.Exit, labels[Number(answer)]]
      }),
    )
    for (const [i, row] of rows.entries()) {
      // Batches of other sizes round otherwise in the last digits.
      const difference = Number(row[`${row.Exit}_Confidence`]) - Number(served[i]?.Confidence)
      assert.ok(Math.abs(difference) < 1e-4, `${row.File}: ${difference}`)
    }
    assert.ok(
      new Set(rows.map((row) => row.Exit)).size > 1,
      'all left at one exit: nothing is shown',
    )
  })
}

test('the files tell one story: JSON, CSV and page of one run', async () => {
  const cwd = tempFolder()
  const folders = ['edge', 'fog', 'cloud'].map((name) => join(modelsFolder, name))
  const args = ['evaluate', '--models', ...folders, '-i', sample, '-o', 'out', '--engine', 'wasm']
  const { code, stdout, stderr } = await runCli(args, { cwd })
  assert.equal(code, 0, stderr)
  const out = join(cwd, 'out')
  assert.deepEqual(readdirSync(out).sort(), [
    'evaluation.csv',
    'evaluation.html',
    'evaluation.json',
  ])
  const rows = readCsv(join(out, 'evaluation.csv'))
  const { samples, exits, cascade } = readFigures(out)
  assert.equal(samples, 60)
  assert.equal(cascade.accuracy.count, rows.filter((row) => row.Right === 'true').length)
  for (const [i, { name, accuracy, confusion }] of exits.entries()) {
    const right = rows.filter((row) => row[`${name}_Prediction`] === row.Label).length
    assert.equal(accuracy.count, right)
    assert.equal(
      confusion.flat().reduce((sum, count) => sum + count, 0),
      60,
    )
    const left = rows.filter((row) => row.Exit === name)
    assert.equal(cascade.exits[i]?.left.count, left.length)
    assert.equal(
      cascade.exits[i]?.accuracy.count,
      left.filter((row) => row.Right === 'true').length,
    )
  }
  assert.deepEqual(
    cascade.tiers.map(({ name, left }) => [name, left.count]),
    cascade.exits.map(({ name, left }) => [name, left.count]),
  )
  const percent = `${(cascade.accuracy.share * 100).toFixed(1)} %`
  assert.ok(stdout.includes(percent), stdout)
  const html = readFileSync(join(out, 'evaluation.html'), 'utf8')
  assert.ok(html.includes(percent))
  assert.doesNotMatch(html, /<(script|link|img)[^>]+(src|href)="?https?:/)
})

test('--format writes what is asked for, and --json prints all figures', async () => {
  const cwd = tempFolder()
  const args = ['evaluate', '--models', model, '-i', sample, '--limit', '5', '--engine', 'wasm']
  const { stdout, code } = await runCli([...args, '-o', 'out', '--format', 'csv,json', '--json'], {
    cwd,
  })
  assert.equal(code, 0)
  assert.deepEqual(readdirSync(join(cwd, 'out')).sort(), ['evaluation.csv', 'evaluation.json'])
  assert.deepEqual(JSON.parse(stdout), readFigures(join(cwd, 'out')))
})

test('the edge alone names those that would be offloaded', async () => {
  const cwd = tempFolder()
  const args = ['evaluate', '--models', join(modelsFolder, 'edge'), '-i', sample, '-o', 'out']
  const { code, stdout } = await runCli([...args, '--engine', 'wasm'], { cwd })
  assert.equal(code, 0)
  const { cascade } = readFigures(join(cwd, 'out'))
  const left = cascade.exits[0]?.left.count ?? 0
  assert.ok(left > 0 && left < 60)
  assert.equal(cascade.unsure.left.count, 60 - left)
  assert.equal(cascade.cuts[0]?.share, (60 - left) / 60)
  assert.match(stdout, /unsure, to the next tier/)
  const rows = readCsv(join(cwd, 'out', 'evaluation.csv'))
  assert.equal(rows.filter((row) => row.Exit === '').length, 60 - left)
})

test('--compare-codecs tells what every form of features does, beside the bytes of every codec', async () => {
  const cwd = tempFolder()
  const args = ['evaluate', '--models', model, '-i', sample, '--limit', '15', '--engine', 'wasm']
  const { code, stdout, stderr } = await runCli([...args, '--compare-codecs', '-o', 'out'], { cwd })
  assert.equal(code, 0, stderr)
  const { codecs, cascade } = JSON.parse(
    readFileSync(join(cwd, 'out', 'evaluation.json'), 'utf8'),
  ) as {
    codecs: { codec: string; bytes: number[]; quality: { cascade: Share } }[]
    cascade: { accuracy: Share; cuts: { codec: string }[] }
  }
  const inUse = cascade.cuts[0]?.codec ?? ''
  const own = codecs.find(({ codec }) => codec === inUse)
  assert.deepEqual(own?.quality.cascade, cascade.accuracy)
  const bytesOf = (name: string) => codecs.find(({ codec }) => codec === name)?.bytes[0] ?? 0
  assert.ok(bytesOf('int4') < bytesOf('int8') && bytesOf('int8') < bytesOf('float32') / 3)
  assert.ok(codecs.every(({ quality }) => quality.cascade.of === 15))
  for (const { codec } of codecs) assert.ok(stdout.includes(codec), codec)
})

test('an unreadable file is named, is in no figure, and gives exit code 1', async () => {
  const cwd = tempFolder()
  for (const label of labels) {
    mkdirSync(join(cwd, 'images', label), { recursive: true })
    cpSync(join(sample, label, '0000.jpg'), join(cwd, 'images', label, '0000.jpg'))
  }
  writeFileSync(join(cwd, 'images', 'roses', 'broken.jpg'), 'no image')
  const args = ['evaluate', '--models', model, '-i', 'images', '-o', 'out', '--engine', 'wasm']
  const { code, stderr } = await runCli(args, { cwd })
  assert.equal(code, 1)
  assert.match(stderr, /left out: roses\/broken\.jpg/)
  const { samples, unreadable } = readFigures(join(cwd, 'out'))
  assert.equal(samples, 5)
  assert.equal(unreadable[0]?.file, 'roses/broken.jpg')
  const row = readCsv(join(cwd, 'out', 'evaluation.csv')).find(({ Error }) => Error !== '')
  assert.equal(row?.File, 'roses/broken.jpg')
})

test('an interrupt ends it with exit code 130 and no file', async () => {
  const cwd = tempFolder()
  // Enough samples to be interrupted among them: every image many times over.
  for (const label of labels) {
    mkdirSync(join(cwd, 'images', label), { recursive: true })
    for (let i = 0; i < 300; i++) {
      cpSync(join(sample, label, '0000.jpg'), join(cwd, 'images', label, `${i}.jpg`))
    }
  }
  const args = ['evaluate', '--models', model, '-i', 'images', '-o', 'out', '--engine', 'wasm']
  const running = startCli(args, { cwd })
  await running.waitFor(/engine wasm/)
  const { code, stdout, stderr } = await running.stop('SIGINT')
  assert.equal(code, 130, stderr)
  assert.match(stderr, /interrupted/)
  assert.equal(stdout, '')
  assert.deepEqual(existsSync(join(cwd, 'out')) ? readdirSync(join(cwd, 'out')) : [], [])
})

test('mistakes that only show when it runs say what to do', async () => {
  const mistakes: readonly [code: number, args: readonly string[], message: RegExp][] = [
    [2, ['--models', model, '-i', 'none'], /no folder 'none'/],
    // As wherever a file cannot be written.
    [2, ['--models', model, '-i', sample, '-o', labelsFile], /DDNN_OUTPUT_FAILED/],
  ]
  for (const [expected, args, message] of mistakes) {
    const { code, stderr, stdout } = await runCli(['evaluate', '--engine', 'wasm', ...args])
    assert.equal(code, expected, stderr)
    assert.match(stderr, message)
    assert.equal(stdout, '')
  }
})
