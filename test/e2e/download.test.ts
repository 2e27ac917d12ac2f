// The download command as a black box against a server of the test: made data sets, stops and mistakes.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { serveArchive, type ArchiveServer } from '../lab/download/archive-server.ts'
import { cifarArchive, flowersArchive, sha256 } from '../lab/download/archives.ts'
import { assertForm } from '../helpers/json-form.ts'
import { answerOfRow, readCsv, runCli, startCli, tempFolder } from '../helpers/cli.ts'
import { repoPath } from '../helpers/paths.ts'
import { until } from '../helpers/until.ts'

/** A proxy of the machine must not stand between the test and its server. */
const env = { HTTP_PROXY: '', HTTPS_PROXY: '', http_proxy: '', https_proxy: '' }

let cifar: Buffer
let server: ArchiveServer
before(async () => {
  cifar = await cifarArchive(40)
  server = await serveArchive({ archive: cifar, etag: '"one"', ranges: true })
})
after(() => server.close())

const cifarFlags = () => ['download', 'cifar10', '--url', server.url, '--sha256', sha256(cifar)]

test('flowers stand where the commands of the original look for them, and a model runs on them', async () => {
  const cwd = tempFolder()
  const archive = await flowersArchive()
  writeFileSync(join(cwd, 'photos.tgz'), archive)
  const flags = ['download', 'flowers', '--url', 'photos.tgz', '--sha256', sha256(archive)]
  const { code, stdout, stderr } = await runCli(flags, { cwd, env })
  assert.equal(code, 0, stderr)
  assert.match(stdout, /20 photos in train and 5 in test/)
  assert.match(stdout, /CC-BY 2\.0/)
  assert.match(stderr, /verify: .* of /)

  const run = await runCli(
    [
      ...['-i', 'data/flower_photos/train', '-l', 'data/labels.txt', '--name', 'device'],
      ...['--models', repoPath('saved_models', 'model')],
    ],
    { cwd },
  )
  assert.equal(run.code, 0, run.stderr)
  const rows = readCsv(join(cwd, 'results.csv'))
  assert.equal(rows.length, 20)
  assert.ok(rows.every((row) => answerOfRow(row) !== ''))
})

test('a second download says that it is there, and --force makes it again', async () => {
  const cwd = tempFolder()
  const first = await runCli(cifarFlags(), { cwd, env })
  assert.equal(first.code, 0, first.stderr)
  assert.match(first.stdout, /CIFAR-10 is in 'data.cifar-10-batches-bin': 200 training and 40 test/)
  assert.match(first.stdout, /Run on it with --cifar10\n/)
  const requests = server.asked.length
  const second = await runCli(cifarFlags(), { cwd, env })
  assert.equal(second.code, 0, second.stderr)
  assert.match(second.stdout, /already; --force makes it again/)
  assert.equal(server.asked.length, requests)
  const third = await runCli([...cifarFlags(), '--force', '--json'], { cwd, env })
  assert.equal(third.code, 0, third.stderr)
  assertForm('download', third.stdout)
  assert.equal(server.asked.length, requests + 1)
})

for (const [signal, what] of [
  ['SIGINT', 'Ctrl-C'],
  ['SIGKILL', 'a kill'],
] as const) {
  test(`after ${what} nothing stands in the final place, and the same command goes on`, async () => {
    const cwd = tempFolder()
    const before = server.asked.length
    server.manners.pauseMs = 20
    const running = startCli(cifarFlags(), { cwd, env })
    const partial = join(cwd, 'data', 'cifar-10-binary.tar.gz.partial')
    await until('half of the archive', () => {
      return existsSync(partial) && statSync(partial).size > cifar.length / 2
    })
    const stopped = await running.stop(signal)
    server.manners.pauseMs = undefined
    if (signal === 'SIGINT') {
      assert.equal(stopped.code, 130, stopped.stderr)
      assert.match(stopped.stderr, /what was fetched is kept, and the same command goes on from it/)
    }
    assert.ok(!existsSync(join(cwd, 'data', 'cifar-10-batches-bin')))
    const kept = statSync(partial).size
    assert.ok(kept > cifar.length / 2 && kept < cifar.length)

    const again = await runCli(cifarFlags(), { cwd, env })
    assert.equal(again.code, 0, again.stderr)
    assert.match(again.stderr, /going on after/)
    const [, rest] = server.asked.slice(before)
    assert.equal(rest?.range, `bytes=${kept}-`)
    assert.equal(rest?.sent, cifar.length - kept)
    assert.deepEqual(readdirSync(join(cwd, 'data')), ['cifar-10-batches-bin'])
  })
}

test('without a network the host, what was tried and the way around it are named', async () => {
  // Names under .invalid never have an address (RFC 2606).
  const url = 'http://data.invalid/cifar-10-binary.tar.gz'
  const cwd = tempFolder()
  const flags = ['download', 'cifar10', '--url', url, '--retries', '1']
  const { code, stderr } = await runCli(flags, { cwd, env })
  assert.equal(code, 2)
  assert.match(stderr, /trying again/)
  assert.match(stderr, /Expected data\.invalid to answer/)
  assert.match(stderr, /tried http:\/\/data\.invalid\/cifar-10-binary\.tar\.gz 2 times/)
  assert.match(stderr, /--mirror with an address, or with the archive as a file/)
  assert.doesNotMatch(stderr, /\n\s+at /)
  assert.deepEqual(readdirSync(join(cwd, 'data')), [])
})

const mistakes: readonly [title: string, args: () => string[], code: string, words: RegExp][] = [
  [
    'no data set',
    () => [],
    'DDNN_CONFIG_INVALID',
    /DATA-SET to be given: what to fetch: cifar10 or flowers/,
  ],
  ['an unknown data set', () => ['mnist'], 'DDNN_CONFIG_INVALID', /cifar10, flowers, got 'mnist'/],
  ['a word too many', () => ['cifar10', 'flowers'], 'DDNN_CONFIG_INVALID', /argument 'flowers'/],
  [
    'a checksum that is none',
    () => ['cifar10', '--sha256', 'abc'],
    'DDNN_CONFIG_INVALID',
    /64 hexadecimal digits, got 'abc'/,
  ],
  [
    'a file that is not there',
    () => ['cifar10', '--url', 'none.tgz'],
    'DDNN_INPUT_MISSING',
    /none\.tgz/,
  ],
  [
    "another archive than the makers'",
    () => ['cifar10', '--url', server.url],
    'DDNN_DOWNLOAD_DAMAGED',
    /Expected 170052171 bytes/,
  ],
  [
    'a path that is not there',
    () => ['cifar10', '--url', server.url.replace('archive', 'loop')],
    'DDNN_TRANSPORT_REFUSED',
    /too many redirects/,
  ],
]
for (const [title, args, code, words] of mistakes) {
  test(`${title} ends with exit code 2, a sentence and no stack trace`, async () => {
    const result = await runCli(['download', ...args()], { env })
    assert.equal(result.code, 2, result.stderr)
    assert.match(result.stderr, new RegExp(code))
    assert.match(result.stderr, words)
    assert.doesNotMatch(result.stderr, /\n\s+at /)
  })
}
