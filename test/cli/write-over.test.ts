// What a user has is not written over: every command that writes, before files that it did not make.
import assert from 'node:assert/strict'
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { execute, type Outside } from '../../src/cli/execute.ts'
import { unknownVariables } from '../../src/cli/environment.ts'
import { flagsOf } from '../../src/cli/flags.ts'
import { parseCommandLine } from '../../src/cli/parse.ts'
import { ownReport } from '../../src/files/replaces.ts'
import { commandNames } from '../../src/cli/commands.ts'
import { deploymentText, shippedTiers } from '../../src/serving/deployment/deployment-text.ts'
import { columnsOf } from '../../src/report/csv-columns.ts'
import { repoPath } from '../helpers/paths.ts'

const root = mkdtempSync(join(tmpdir(), 'ddnn-over-'))
after(() => rmSync(root, { recursive: true }))
const photos = repoPath('data', 'sample')
const labels = repoPath('data', 'labels.txt')
const models = repoPath('saved_models', 'edge')
const history = join(root, 'model.history')
writeFileSync(history, JSON.stringify({ loss: [1, 0.5], val_loss: [1, 0.6] }))
const runCsv = join(root, 'run.csv')
writeFileSync(
  runCsv,
  `${columnsOf('full').join(';')}\n0;0;0.1;0;0.1;0.1;;;;;;;a/b;edge;0.9;false;\n`,
)
const deployment = join(root, 'ddnn.yaml')
writeFileSync(deployment, deploymentText({ tiers: shippedTiers }))

interface Row {
  readonly command: (typeof commandNames)[number]
  /** The flag that names the place. */
  readonly flag: 'output' | 'html' | 'file'
  /** Behind the command, with `OUT` for the place. */
  readonly argv: readonly string[]
  /** Files of others there; '' is the place itself. */
  readonly taken: readonly string[]
}

const run = ['--name', 'x', '-i', photos, '-l', labels, '--models', models]
const judged = ['-i', photos, '-l', labels, '--models', models]
const rows: readonly Row[] = [
  { command: 'run', flag: 'output', argv: [...run, '-o', 'OUT'], taken: [''] },
  { command: 'run', flag: 'html', argv: [...run, '-o', 'OUT.csv', '--html', 'OUT'], taken: [''] },
  { command: 'demo', flag: 'output', argv: ['-o', 'OUT', '--html', 'OUT.html'], taken: [''] },
  { command: 'demo', flag: 'html', argv: ['-o', 'OUT.csv', '--html', 'OUT'], taken: [''] },
  { command: 'classify', flag: 'html', argv: [photos, '--html', 'OUT'], taken: [''] },
  { command: 'init', flag: 'file', argv: ['OUT'], taken: [''] },
  {
    command: 'manifests',
    flag: 'output',
    argv: [deployment, '-o', 'OUT', '--brokers', 'k:9092'],
    taken: ['door.yaml', 'kustomization.yaml'],
  },
  {
    command: 'manifests',
    flag: 'output',
    argv: [deployment, '-o', 'OUT', '--compose'],
    taken: ['compose.yaml'],
  },
  { command: 'train', flag: 'output', argv: [photos, '-o', 'OUT'], taken: ['model.json'] },
  { command: 'results', flag: 'output', argv: [history, '-o', 'OUT'], taken: ['index.html'] },
  {
    command: 'results',
    flag: 'output',
    argv: [history, '-o', 'OUT', '--formats', 'svg'],
    taken: ['loss.svg'],
  },
  {
    command: 'report',
    flag: 'output',
    argv: [runCsv, '-o', 'OUT'],
    taken: ['report.html', 'report.json'],
  },
  { command: 'report', flag: 'output', argv: [runCsv, '-o', 'OUT'], taken: ['latency.png'] },
  {
    command: 'evaluate',
    flag: 'output',
    argv: [...judged, '-o', 'OUT'],
    taken: ['evaluation.json', 'evaluation.csv', 'evaluation.html'],
  },
  {
    command: 'evaluate',
    flag: 'output',
    argv: [...judged, '-o', 'OUT', '--formats', 'csv'],
    taken: ['evaluation.csv'],
  },
  {
    command: 'calibrate',
    flag: 'output',
    argv: [...judged, '-o', 'OUT', '--dry-run'],
    taken: ['sweep.csv'],
  },
  {
    command: 'calibrate',
    flag: 'output',
    argv: [...judged, '-o', 'OUT', '--dry-run'],
    taken: ['calibration.html', 'calibration.json'],
  },
  {
    command: 'plan',
    flag: 'output',
    argv: [...judged, '-o', 'OUT'],
    taken: ['plan.html', 'plan.json'],
  },
  { command: 'bench', flag: 'output', argv: ['-o', 'OUT'], taken: ['README.md'] },
  {
    command: 'export',
    flag: 'output',
    argv: ['--models', models, '-o', 'OUT'],
    taken: [join('edge', 'model.onnx')],
  },
  {
    command: 'download',
    flag: 'output',
    argv: ['flowers', '-o', 'OUT', '--mirror', 'http://127.0.0.1:9/'],
    taken: [join('flower_photos', 'x.txt')],
  },
]

test('every flag that names a place to write to has a row', () => {
  const places = (['output', 'html'] as const).flatMap((flag) =>
    commandNames
      .filter((command) => command !== 'doctor')
      .filter((command) =>
        flagsOf(command).some(({ name, kind }) => name === flag && kind === 'string'),
      )
      .map((command) => `${command} ${flag}`),
  )
  const known = new Set(rows.map(({ command, flag }) => `${command} ${flag}`))
  assert.deepEqual(
    places.filter((place) => !known.has(place)),
    [],
  )
})

async function call(argv: readonly string[]) {
  let stderr = ''
  const streams = {
    stdout: { write: () => true },
    stderr: { write: (text: string) => (stderr += text) },
  }
  const outside: Outside = {
    begin: () => ({ signal: new AbortController().signal, onHangup: () => () => undefined }),
    stopped: () => undefined,
    endAtOnce: () => undefined,
  }
  const exit = await execute(argv, {}, streams, outside)
  return { exit, stderr }
}

let made = 0
for (const { command, flag, argv, taken } of rows) {
  const what = taken[0] === '' ? `a file at --${flag}` : `${taken.join(', ')} in --${flag}`
  test(`${command}: ${what} that it did not make is left alone`, async () => {
    const out = join(root, String(made++))
    const files = taken.map((name) => (name === '' ? out : join(out, name)))
    for (const file of files) {
      mkdirSync(join(file, '..'), { recursive: true })
      writeFileSync(file, 'mine')
    }
    const before = readdirSync(root, { recursive: true }).toSorted()
    const { exit, stderr } = await call([command, ...argv.map((word) => word.replace(/^OUT/, out))])
    assert.equal(exit, 2, stderr)
    assert.match(stderr, command === 'download' ? /no '.*flower_photos'/ : /--force/)
    for (const file of files) assert.equal(readFileSync(file, 'utf8'), 'mine')
    assert.deepEqual(readdirSync(root, { recursive: true }).toSorted(), before)
  })
}

test('what a command made itself it makes again, and with --force in place of anything', async () => {
  const own = join(root, 'own')
  const results = ['results', history, '-o', own]
  const report = ['report', runCsv, '-o', own]
  const manifests = ['manifests', deployment, '-o', own, '--brokers', 'k:9092']
  for (const argv of [results, results, report, report, manifests, manifests]) {
    const { exit, stderr } = await call(argv)
    assert.equal(exit, 0, stderr)
  }
  for (const [argv, name] of [
    [results, 'loss.png'],
    [manifests, 'kustomization.yaml'],
  ] as const) {
    writeFileSync(join(own, name), 'mine')
    assert.equal((await call(argv)).exit, 2)
    assert.equal((await call([...argv, '--force'])).exit, 0)
    assert.notEqual(readFileSync(join(own, name), 'utf8'), 'mine')
  }
})

// As 0.1.0 wrote them, before files bore a mark.
const head = (meta: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${meta}
<title>ddnn</title>`
const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
const csp = `<meta http-equiv="Content-Security-Policy" content="${policy}; script-src 'sha256-x'">`
const svg = (ground: string) =>
  `<svg role="img" aria-label="Loss &amp; more" xmlns="http://www.w3.org/2000/svg" width="920" height="360.5" viewBox="0 0 920 360.5"><rect width="920" height="360.5" fill="${ground}"/></svg>\n`
const part = (of: string) =>
  `apiVersion: v1\nkind: Namespace\nmetadata:\n  labels:\n    app.kubernetes.io/part-of: ${of}\n`
const olds: readonly (readonly [string, string, boolean])[] = [
  ['a page', head(csp), true],
  ['a page of somebody', head('<meta name="generator" content="x">'), false],
  ['a drawing', svg('#ffffff'), true],
  ['a drawing of somebody', svg('red'), false],
  ['a manifest', part('ddnn'), true],
  ['a manifest of another app', part('ddnn-shop'), false],
]
for (const [what, text, isOwn] of olds) {
  test(`${what} as 0.1.0 wrote it is ${isOwn ? '' : 'not '}taken for ddnn's own`, () => {
    assert.equal(ownReport(text) === undefined, isOwn)
  })
}

test('results of 0.1.0 are made again, a PNG where its drawing is of then too', async () => {
  const out = join(root, 'old')
  const argv = ['results', history, '-o', out]
  assert.equal((await call(argv)).exit, 0)
  const png = readFileSync(join(out, 'loss.png'))
  const withoutMark = Buffer.from(png.toString('latin1').replaceAll('Made by ddnn', 'x'), 'latin1')
  writeFileSync(join(out, 'loss.png'), withoutMark)
  const { exit, stderr } = await call(argv)
  assert.equal(exit, 2)
  assert.match(stderr, /no loss\.png in/)
  writeFileSync(join(out, 'loss.svg'), svg('#ffffff'))
  assert.equal((await call(argv)).exit, 0)
  assert.notDeepEqual(readFileSync(join(out, 'loss.png')), withoutMark)
})

test('init writes to what is no file, through a link, and into an empty file', async () => {
  const target = join(root, 'target.yaml')
  symlinkSync(target, join(root, 'link.yaml'))
  writeFileSync(join(root, 'empty.yaml'), '')
  for (const name of ['link.yaml', 'empty.yaml']) {
    assert.equal((await call(['init', join(root, name)])).exit, 0)
  }
  assert.equal((await call(['init', '/dev/null'])).exit, 0)
  assert.match(readFileSync(target, 'utf8'), /^tiers:/m)
  assert.equal(lstatSync(join(root, 'link.yaml')).isSymbolicLink(), true)
  assert.equal((await call(['init', join(root, 'link.yaml')])).exit, 2)
})

test('--force by the names that it had for bench, init and manifests, each for its own', () => {
  const force = (command: 'bench' | 'init' | 'manifests' | 'plan', env: string) =>
    parseCommandLine(command, [], { [env]: '1' }).values.anyName.boolean('force')
  assert.equal(force('bench', 'DDNN_BENCH_FORCE'), true)
  assert.equal(force('init', 'DDNN_INIT_FORCE'), true)
  assert.equal(force('manifests', 'DDNN_MANIFESTS_FORCE'), true)
  assert.equal(force('plan', 'DDNN_BENCH_FORCE'), undefined)
  assert.equal(force('plan', 'DDNN_WRITE_FORCE'), true)
  const names = ['CHECKOUT', 'COPIES', 'LAST', 'SEED', 'FORCE', 'SECONDS']
  const env = Object.fromEntries(names.map((name) => [`DDNN_BENCH_${name}`, '1']))
  assert.deepEqual(
    unknownVariables({ ...env, DDNN_INIT_FORCE: '1' }).map((text) => text.split(' ')[0]),
    ['DDNN_BENCH_SECONDS'],
  )
})

test('a CSV of a run, of either form or of the original, gives way to the next run', async () => {
  const { checkReports } = await import('../../src/report/check-reports.ts')
  const csvFile = join(root, 'run.csv')
  const facts = { csvFile, csvForm: 'full', htmlFile: undefined, reportModule: undefined } as const
  for (const form of ['full', 'original'] as const) {
    writeFileSync(csvFile, `${columnsOf(form).join(';')}\n0;1\n`)
    await checkReports(facts, 'replace')
  }
  writeFileSync(csvFile, 'daisy\nroses\n')
  await assert.rejects(checkReports(facts, 'replace'), { code: 'DDNN_CONFIG_INVALID' })
  await checkReports({ ...facts, isForced: true }, 'replace')
})
