// A data set from its archive to its folder, by a server and by files.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { downloadDataSet, type DownloadOptions } from '../../../src/lab/download/download.ts'
import { DdnnError } from '../../../src/errors.ts'
import { createCifar10 } from '../../../src/input/cifar10.ts'
import { labels } from '../../../src/input/drawn-flowers.ts'
import { tempFolder, writeFiles } from '../../input/folders.ts'
import { serveArchive, type ArchiveServer } from './archive-server.ts'
import {
  cifarArchive,
  cifarFiles,
  classes,
  dataSetOf,
  flowersArchive,
  packArchive,
  sha256,
} from './archives.ts'

let cifar: Buffer
let flowers: Buffer
let server: ArchiveServer
before(async () => {
  cifar = await cifarArchive()
  flowers = await flowersArchive()
  server = await serveArchive({ archive: cifar, etag: '"one"', ranges: true })
})
after(() => server.close())

async function run(name: 'cifar10' | 'flowers', change: Partial<DownloadOptions> = {}) {
  const archive = name === 'cifar10' ? cifar : flowers
  server.manners.archive = archive
  const output = change.output ?? join(tempFolder(), 'data')
  const notices: string[] = []
  const stages: string[] = []
  const askedBefore = server.asked.length
  const result = await downloadDataSet(
    {
      dataSet: dataSetOf(name, archive, server.url),
      output,
      url: undefined,
      sha256: undefined,
      split: { seed: 123, testShare: 0.2 },
      force: false,
      keepArchive: false,
      timeoutMs: 5000,
      retries: 0,
      ...change,
    },
    {
      onProgress: (stage) => stages.at(-1) !== stage && stages.push(stage),
      onNotice: (text) => notices.push(text),
    },
    new AbortController().signal,
  )
  return { output, notices, stages, result, requests: server.asked.length - askedBefore }
}

const fails = (code: string, words: RegExp) => (thrown: unknown) => {
  assert.ok(thrown instanceof DdnnError, String(thrown))
  assert.equal(thrown.code, code, thrown.message)
  assert.match(thrown.message, words)
  return true
}

test('CIFAR-10 stands where --cifar10 looks for it, and nothing else is left', async () => {
  const { output, result, stages } = await run('cifar10')
  assert.deepEqual(readdirSync(output), ['cifar-10-batches-bin'])
  assert.deepEqual(stages, ['fetch', 'verify', 'unpack'])
  assert.equal(result.summary, '50 training and 10 test images')
  for (const [name, bytes] of Object.entries(cifarFiles(10))) {
    assert.deepEqual(readFileSync(join(result.folder, name)), Buffer.from(bytes))
  }
  const input = await createCifar10({ folder: result.folder, batches: 'all' })
  assert.equal(input.count, 60)
  assert.deepEqual(input.labels, classes)
  await input.close()
})

test('flowers are split by label, with their licence and a labels file', async () => {
  const { output, result } = await run('flowers')
  assert.deepEqual(readdirSync(output).sort(), ['flower_photos', 'labels.txt'])
  assert.deepEqual(readdirSync(result.folder).sort(), [
    'LICENSE.txt',
    'ddnn-download.json',
    'test',
    'train',
  ])
  assert.equal(result.summary, '20 photos in train and 5 in test')
  assert.equal(readFileSync(join(output, 'labels.txt'), 'utf8'), `${labels.join('\n')}\n`)
  for (const label of labels) {
    const train = readdirSync(join(result.folder, 'train', label))
    const tested = readdirSync(join(result.folder, 'test', label))
    assert.equal(train.length, 4)
    assert.equal(tested.length, 1)
    assert.deepEqual(
      [...train, ...tested].sort(),
      [0, 1, 2, 3, 4].map((n) => `10${n}_a.jpg`),
    )
  }
})

test('the same seed splits alike, another one does not', async () => {
  const listOf = async (seed: number) => {
    const { result } = await run('flowers', { split: { seed, testShare: 0.4 } })
    return readdirSync(join(result.folder, 'test'), { recursive: true }).sort()
  }
  assert.deepEqual(await listOf(7), await listOf(7))
  assert.notDeepEqual(await listOf(7), await listOf(8))
})

test('a data set that is there is left alone, without a request', async () => {
  const { output } = await run('cifar10')
  const again = await run('cifar10', { output })
  assert.equal(again.result.isNew, false)
  assert.equal(again.result.summary, '50 training and 10 test images')
  assert.equal(again.requests, 0)
})

test('--force makes it again, and a failed attempt leaves the old one', async () => {
  const { output, result } = await run('flowers')
  const photo = readdirSync(join(result.folder, 'train', 'daisy'))[0] ?? ''
  const file = join(result.folder, 'train', 'daisy', photo)
  rmSync(file)
  await assert.rejects(run('flowers', { output }), fails('DDNN_INPUT_MISSING', /1 missing/))
  const wrong = { sha256: '0'.repeat(64) }
  await assert.rejects(
    run('flowers', { output, force: true, ...wrong }),
    fails('DDNN_DOWNLOAD_DAMAGED', /SHA-256 0{64}/),
  )
  assert.ok(existsSync(join(result.folder, 'ddnn-download.json')))
  await run('flowers', { output, force: true })
  assert.ok(existsSync(file))
  assert.deepEqual(readdirSync(output).sort(), ['flower_photos', 'labels.txt'])
})

test('another split than the one that is there is not taken for it', async () => {
  const { output } = await run('flowers')
  await assert.rejects(
    run('flowers', { output, split: { seed: 5, testShare: 0.2 } }),
    fails('DDNN_CONFIG_INVALID', /--seed 5 --test-share 0\.2.*--seed 123/),
  )
})

test('a folder of somebody else is never replaced', async () => {
  const output = writeFiles(tempFolder(), { 'flower_photos/train/daisy/mine.jpg': 'mine' })
  for (const force of [false, true]) {
    await assert.rejects(
      run('flowers', { output, force }),
      fails('DDNN_CONFIG_INVALID', /folder without ddnn-download\.json/),
    )
  }
  assert.ok(existsSync(join(output, 'flower_photos', 'train', 'daisy', 'mine.jpg')))
})

test('batches of CIFAR-10 that were put there by hand are taken as they are', async () => {
  const files = Object.entries(cifarFiles(2))
  const output = writeFiles(
    tempFolder(),
    Object.fromEntries(files.map(([name, body]) => [`cifar-10-batches-bin/${name}`, body])),
  )
  const { result, requests } = await run('cifar10', { output })
  assert.equal(result.isNew, false)
  assert.equal(result.summary, '10 training and 2 test images')
  assert.equal(requests, 0)
})

test('a file is taken in place of the server, and left where it is', async () => {
  const file = join(writeFiles(tempFolder(), { 'my.tgz': cifar }), 'my.tgz')
  for (const url of [file, `file://${file}`]) {
    const { result, requests, stages } = await run('cifar10', { url })
    assert.equal(result.isNew, true)
    assert.equal(requests, 0)
    assert.deepEqual(stages, ['verify', 'unpack'])
    assert.ok(existsSync(file))
  }
  await assert.rejects(
    run('cifar10', { url: join(tempFolder(), 'none.tgz') }),
    fails('DDNN_INPUT_MISSING', /none\.tgz/),
  )
  await assert.rejects(
    run('cifar10', { url: 'ftp://host/a.tgz' }),
    fails('DDNN_CONFIG_INVALID', /http or https address, or a file, got 'ftp/),
  )
})

test('an archive that is kept, or lies there, is taken by the next run', async () => {
  const { output } = await run('cifar10', { keepArchive: true })
  assert.deepEqual(readdirSync(output).sort(), ['cifar-10-batches-bin', 'cifar-10-binary.tar.gz'])
  const again = await run('cifar10', { output, force: true })
  assert.equal(again.requests, 0)
  assert.match(again.notices.join(), /which is there already/)
  assert.deepEqual(readdirSync(output).sort(), ['cifar-10-batches-bin', 'cifar-10-binary.tar.gz'])
  writeFileSync(join(output, 'cifar-10-binary.tar.gz'), 'cut short')
  const third = await run('cifar10', { output, force: true })
  assert.equal(third.requests, 1)
  assert.equal(readFileSync(join(output, 'cifar-10-binary.tar.gz'), 'utf8'), 'cut short')
})

test('a wrong checksum leaves no folder, and no bytes to go on from', async () => {
  const output = tempFolder()
  await assert.rejects(
    run('cifar10', { output, sha256: 'ab'.repeat(32) }),
    fails('DDNN_DOWNLOAD_DAMAGED', new RegExp(`got ${sha256(cifar)}`)),
  )
  assert.deepEqual(readdirSync(output), [])
})

test('the checksum of another archive is taken from --sha256', async () => {
  const other = await cifarArchive(3)
  const file = join(writeFiles(tempFolder(), { 'other.tgz': other }), 'other.tgz')
  const { result } = await run('cifar10', { url: file, sha256: sha256(other).toUpperCase() })
  assert.equal(result.summary, '15 training and 3 test images')
})

test('an archive without the data set leaves nothing, and says what was missing', async () => {
  const files = { 'cifar-10-batches-py/data_batch_1': 'pickle' }
  const other = await packArchive(Object.entries(files).map(([name, body]) => ({ name, body })))
  server.manners.archive = other
  for (const [name, words] of [
    ['cifar10', /data_batch_1\.bin/],
    ['flowers', /flower_photos\/daisy/],
  ] as const) {
    const output = tempFolder()
    const file = join(writeFiles(tempFolder(), { 'other.tgz': other }), 'other.tgz')
    await assert.rejects(
      run(name, { output, url: file, sha256: sha256(other) }),
      fails('DDNN_DOWNLOAD_DAMAGED', words),
    )
    assert.deepEqual(readdirSync(output), [])
  }
})

test('a labels file that is there is kept, and told of when it holds others', async () => {
  const output = writeFiles(tempFolder(), { 'labels.txt': 'cat\ndog\n' })
  const { notices } = await run('flowers', { output })
  assert.equal(readFileSync(join(output, 'labels.txt'), 'utf8'), 'cat\ndog\n')
  assert.match(notices.join(), /labels\.txt' is kept/)
})

test('two downloads of one data set follow each other', async () => {
  const output = tempFolder()
  const [first, second] = await Promise.all([
    run('cifar10', { output }),
    run('cifar10', { output }),
  ])
  assert.deepEqual([first.result.isNew, second.result.isNew].sort(), [false, true])
})

test('an output that cannot be written is named', async () => {
  const output = join(writeFiles(tempFolder(), { file: 'no folder' }), 'file', 'data')
  await assert.rejects(run('cifar10', { output }), fails('DDNN_OUTPUT_FAILED', /'.*data'/))
})

test('what an interrupted run left half unpacked is cleared away', async () => {
  const output = tempFolder()
  mkdirSync(join(output, 'cifar-10-batches-bin.partial'))
  writeFileSync(join(output, 'cifar-10-batches-bin.partial', 'test_batch.bin'), 'half')
  const { result } = await run('cifar10', { output })
  assert.deepEqual(readdirSync(output), ['cifar-10-batches-bin'])
  assert.equal(readFileSync(join(result.folder, 'test_batch.bin')).length, 30_730)
})
