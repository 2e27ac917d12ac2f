// `ddnn classify` as a black box: every kind of source, and the three who may answer, who answer alike.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import { after, before, test } from 'node:test'
import { runCli, startCli, tempFolder, watch, type CliResult } from '../helpers/cli.ts'
import { assertForm } from '../helpers/json-form.ts'
import { repoPath } from '../helpers/paths.ts'
import { until } from '../helpers/until.ts'
import {
  backFlags,
  frontFlags,
  models,
  newTopics,
  startCluster,
  startTier,
  stopTiers,
  type Cluster,
} from './chain.ts'

const ddnn = `"${process.execPath}" "${repoPath('dist', 'main.js')}" classify`
const sample = repoPath('data', 'sample')
const labels = ['daisy', 'dandelion', 'roses', 'sunflowers', 'tulips']

interface Line {
  readonly file: string
  readonly label: string
  readonly class: number
  readonly confidence: number
  readonly criterion: { readonly name: string; readonly value: number }
  readonly expected?: string
  readonly right?: boolean
  readonly probabilities: readonly { readonly label: string; readonly probability: number }[]
  readonly tier: string
  readonly exit: number
  readonly fallback: boolean
  readonly ms: number
  readonly hops: readonly object[]
}

const linesOf = ({ stdout }: CliResult) =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)

/** What three ways of asking must have in common: a tier's own name and times differ. */
interface FailedLine {
  readonly file: string
  readonly error: { readonly code: string }
}

const answerOf = ({ file, label, confidence, criterion, probabilities, exit }: Line) => ({
  ...{ file, label, confidence, criterion, exit },
  probabilities: probabilities.map((one) => [one.label, one.probability]),
})

/** A copy of some samples, a broken image among them, and what is no image. */
function makeSources(): string {
  const cwd = tempFolder()
  for (const label of labels) {
    mkdirSync(join(cwd, 'set', label), { recursive: true })
    for (const name of ['0001.jpg', '0011.jpg']) {
      cpSync(join(sample, label, name), join(cwd, 'set', label, name))
    }
  }
  writeFileSync(join(cwd, 'set', 'README.txt'), 'no image')
  const whole = readFileSync(join(sample, 'roses', '0000.jpg'))
  writeFileSync(join(cwd, 'broken.jpg'), whole.subarray(0, whole.length / 2))
  cpSync(join(sample, 'tulips', '0003.jpg'), join(cwd, 'plain.jpg'))
  mkdirSync(join(cwd, 'empty'))
  return cwd
}

/** Runs a line of the shell, for what comes before or behind a pipe. */
function shell(script: string): Promise<CliResult> {
  return watch(spawn('sh', ['-c', script], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })).ended
}

let cwd: string
let alone: readonly Line[]
before(() => {
  cwd = makeSources()
})

test('a folder, a photo, stdin, a pattern and an address in one run, in their order; what does not read is told', async () => {
  const photo = readFileSync(join(sample, 'daisy', '0002.jpg'))
  const server = createServer((_, response) => response.end(photo))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/daisy.jpg`
  const words = `set broken.jpg plain.jpg - 'set/t*/*1.jpg' empty none.jpg ${address} 'x*.png'`
  const result = await shell(`${ddnn} ${words} --json --html gallery.html < plain.jpg`)
  server.close()
  assert.equal(result.code, 1, result.stderr)
  const all = assertForm('classify', result.stdout) as readonly (Line | FailedLine)[]
  const lines = all.filter((line): line is Line => !('error' in line))
  const failed = all.filter((line): line is FailedLine => 'error' in line)
  assert.deepEqual(
    failed.map(({ file, error }) => `${file} ${error.code}`),
    [
      'broken.jpg DDNN_INPUT_UNREADABLE',
      ...['empty', 'none.jpg', 'x*.png'].map((file) => `${file} DDNN_INPUT_MISSING`),
    ],
  )
  const inSet = labels.flatMap((label) => [`set/${label}/0001.jpg`, `set/${label}/0011.jpg`])
  assert.deepEqual(
    lines.map(({ file }) => file),
    [...inSet, 'plain.jpg', '-', 'set/tulips/0001.jpg', 'set/tulips/0011.jpg', address],
  )
  for (const [i, { probabilities, confidence, label, expected, right, file }] of lines.entries()) {
    const sum = probabilities.reduce((total, { probability }) => total + probability, 0)
    assert.ok(Math.abs(sum - 1) < 1e-4)
    assert.deepEqual([probabilities[0]?.probability, probabilities[0]?.label], [confidence, label])
    // The folder alone tells what is true of its images.
    assert.equal(expected, i < inSet.length ? file.split('/')[1] : undefined)
    assert.equal(right, expected === undefined ? undefined : expected === label)
  }
  assert.deepEqual(
    [lines[11]?.label, lines[11]?.confidence],
    [lines[10]?.label, lines[10]?.confidence],
  )
  assert.equal(lines.at(-1)?.label, 'daisy')
  assert.match(result.stderr, /^broken\.jpg: .*\[DDNN_INPUT_UNREADABLE\]$/m)
  for (const name of ['empty', 'none.jpg', 'x\\*.png']) {
    assert.match(result.stderr, new RegExp(`^${name}: .*\\[DDNN_INPUT_MISSING\\]`, 'm'))
  }
  assert.match(result.stderr, /15 images in .* of 10 right, .*; 4 failed/)
  const page = readFileSync(join(cwd, 'gallery.html'), 'utf8')
  assert.equal(page.match(/<img src="data:image\/jpeg;base64,/g)?.length, 15)
  alone = lines.slice(0, 10)
})

test('the wasm engine answers alike, in aligned lines with bars; a reader that leaves ends it quietly', async () => {
  const args = 'set set set set --engine wasm --top 2 --max-in-flight 1'
  const script = `{ ${ddnn} ${args}; echo "code $?" >&2; } | head -n 30`
  const { stdout, stderr } = await shell(script)
  // Of a slow machine also how far it is, now and then.
  assert.match(stderr, /^(\d+ (of \d+ )?images in .*\n)*code 0\n$/)
  const answers = stdout.split('\n').filter((line) => line !== '' && !line.startsWith(' '))
  assert.equal(answers.length, 10)
  for (const [i, line] of answers.entries()) {
    const { label = '', tier = '', exit = -1, file = '', right } = alone[i] ?? {}
    assert.ok(line.startsWith(`${label} `), line)
    assert.match(line, new RegExp(` ${tier} +exit ${exit} .* (right|wrong, \\w+) +${file}$`))
    assert.equal(line.includes(' right '), right, line)
  }
  assert.equal(new Set(answers.map((line) => line.indexOf('%'))).size, 1)
  assert.ok(!stdout.includes('\u001b'))
})

test('nothing to do, and flags that contradict, are exit code 2 with every reason', async () => {
  const nothing = await runCli(['classify', 'none', 'none.jpg'], { cwd })
  assert.deepEqual([nothing.code, nothing.stdout], [2, ''])
  assert.match(nothing.stderr, /none\.jpg: .*no such file/)
  const wrong = ['--url', 'ftp://x', '--models', 'm', '--engine', 'wasm', '--watch', '--fps', '0']
  const { code, stderr } = await runCli(['classify', 'plain.jpg', ...wrong], { cwd })
  assert.equal(code, 2)
  for (const flag of ['--url or --models', 'Expected --url', '--engine', '--watch', '--fps']) {
    assert.ok(stderr.includes(flag), `${flag} in ${stderr}`)
  }
})

test('200 photos that are copied slowly while they are watched are each answered once; Ctrl-C ends with 130', async () => {
  const folder = join(cwd, 'watched')
  mkdirSync(folder)
  const photos = readdirSync(sample, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.jpg'))
    .map((file) => readFileSync(join(sample, file)))
  cpSync(join(sample, 'daisy', '0000.jpg'), join(folder, 'before.jpg'))
  const run = startCli(['classify', '--watch', 'watched', '--json'], { cwd })
  await run.waitFor(/^watching/m)
  const names = Array.from({ length: 200 }, (_, i) => `${i}.jpg`)
  await Promise.all(
    names.map(async (name, i) => {
      await pause((i % 20) * 40)
      await copySlowly(photos[i % photos.length] as Buffer, join(folder, name), i)
    }),
  )
  const lines = () => run.output().match(/^\{.*\}$/gm) ?? []
  await until('201 answers', () => lines().length >= 201)
  await pause(300)
  const result = await run.stop('SIGINT')
  assert.equal(result.code, 130, result.stderr)
  const files = linesOf(result).map(({ file }) => file)
  assert.deepEqual(
    [...files].sort(),
    ['before.jpg', ...names].map((name) => `watched/${name}`).sort(),
  )
  assert.match(result.stderr, /201 images in .*; 0 failed/)
})

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** In four pieces; some pauses are longer than a file takes to settle. */
async function copySlowly(bytes: Buffer, path: string, seed: number): Promise<void> {
  const file = openSync(path, 'w')
  const piece = Math.ceil(bytes.length / 4)
  for (let at = 0; at < bytes.length; at += piece) {
    writeSync(file, bytes, at, Math.min(piece, bytes.length - at))
    await pause(seed % 5 === 0 ? 260 : 30)
  }
  closeSync(file)
}

/** Writes frames as ffmpeg would: 60, whose grey jumps every 20. */
const standIn = `#!${process.execPath}
const args = process.argv.slice(2).join(' ')
const [, width, height] = /scale=(\\d+):(\\d+)/.exec(args) ?? []
if (!args.includes('-pix_fmt rgb24 pipe:1') || !args.includes('fps=5') || width === undefined) process.exit(3)
for (let i = 0; i < 60; i++) {
  process.stdout.write(Buffer.alloc(width * height * 3, 20 + 80 * Math.floor(i / 20)))
}
`

test('of a video the frames that differ are asked', async () => {
  const bin = join(cwd, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'ffmpeg'), standIn)
  chmodSync(join(bin, 'ffmpeg'), 0o755)
  writeFileSync(join(cwd, 'walk.mp4'), 'a film')
  const PATH = [bin, process.env['PATH']].join(delimiter)
  const args = ['classify', 'walk.mp4', '--fps', '5', '--json']
  const result = await runCli(args, { cwd, env: { PATH } })
  assert.equal(result.code, 0, result.stderr)
  assert.deepEqual(
    linesOf(result).map(({ file }) => file),
    ['walk.mp4#0', 'walk.mp4#20', 'walk.mp4#40'],
  )
  assert.match(result.stderr, /frames: 60 read, 3 asked, 57 gated, 0 dropped; 0 failed/)
})

let cluster: Cluster | undefined
after(() => cluster?.kafka.stop())

test('a tier in front, and its own door over HTTP, answer as the models here; thresholds go with each image', async () => {
  cluster = await startCluster()
  const topics = newTopics()
  const tier = await startTier([
    ...['--models', models('model'), '--name', 'far'],
    ...backFlags(cluster, topics.deviceToEdge, topics.edgeToDevice),
  ])
  const [, port = ''] = await tier.waitFor(/"port":(\d+)/)
  const link = frontFlags(cluster, topics.deviceToEdge, topics.edgeToDevice)
  const url = ['--url', `http://127.0.0.1:${port}`]
  for (const way of [link, url]) {
    const result = await runCli(['classify', 'set', '--json', ...way], { cwd })
    assert.equal(result.code, 0, result.stderr)
    const lines = linesOf(result)
    assert.deepEqual(lines.map(answerOf), alone.map(answerOf))
    assert.ok(lines.every(({ tier: name }) => name === 'far'))
  }
  assert.ok(alone.some(({ exit }) => exit > 0))
  for (const way of [link, url]) {
    const result = await runCli(['classify', 'set', '--json', '-t', '0', ...way], { cwd })
    assert.ok(linesOf(result).every(({ exit }) => exit === 0))
    assert.equal(linesOf(result).length, 10)
  }
  await stopTiers([tier])
})
