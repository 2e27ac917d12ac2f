// Archives that nobody should trust: what is written of them, and where.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { unpack } from '../../../src/lab/download/unpack.ts'
import { DdnnError } from '../../../src/errors.ts'
import { tempFolder } from '../../input/folders.ts'
import { packArchive, type ArchiveEntry } from './archives.ts'

/** Takes all that is asked for, by its own name below `in`. */
const layout = { place: (path: readonly string[]) => ['in', ...path].join('/'), maxBytes: 100_000 }

async function unpackBytes(bytes: Uint8Array, signal = new AbortController().signal) {
  const folder = tempFolder()
  const archive = join(folder, 'archive.tgz')
  writeFileSync(archive, bytes)
  const target = join(folder, 'deep', 'target')
  let read = 0
  const failure = await unpack(archive, target, layout, (n) => (read = n), signal).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return { folder, target, read, failure, all: () => readdirSync(folder, { recursive: true }) }
}

const unpackEntries = async (entries: readonly ArchiveEntry[]) =>
  unpackBytes(await packArchive(entries))

test('plain files are written where the layout places them, with their bytes', async () => {
  const bytes = await packArchive([
    { name: './a/', type: 'directory' },
    { name: './a/b.txt', body: 'hello' },
    { name: `${'long-'.repeat(40)}.txt`, body: 'name' },
    { name: 'empty.txt' },
  ])
  const { target, failure, read } = await unpackBytes(bytes)
  assert.equal(failure, undefined)
  assert.equal(read, bytes.length)
  assert.equal(readFileSync(join(target, 'in', 'a', 'b.txt'), 'utf8'), 'hello')
  assert.equal(readFileSync(join(target, 'in', `${'long-'.repeat(40)}.txt`), 'utf8'), 'name')
  assert.equal(readFileSync(join(target, 'in', 'empty.txt'), 'utf8'), '')
})

const good = { name: 'a.txt', body: 'hello' }
const refused: readonly [title: string, entries: readonly ArchiveEntry[], words: RegExp][] = [
  ['a way out of the folder', [good, { name: '../evil.txt', body: 'x' }], /\.\.\/evil\.txt/],
  ['a way out by the middle', [{ name: 'a/../../evil.txt', body: 'x' }], /evil\.txt/],
  ['a way out of Windows', [{ name: 'a\\..\\..\\evil.txt', body: 'x' }], /evil\.txt/],
  ['a drive of Windows', [{ name: 'C:evil.txt', body: 'x' }], /evil\.txt/],
  ['a path from the root', [{ name: '/tmp/evil.txt', body: 'x' }], /evil\.txt/],
  ['a symbolic link', [{ name: 'a', type: 'symlink', linkname: '/etc' }], /symlink/],
  ['a hard link', [{ name: 'a', type: 'link', linkname: 'b' }], /'a', which is a link/],
  ['a pipe', [{ name: 'a', type: 'fifo' }], /fifo/],
  ['a file twice', [good, good], /'a\.txt' twice/],
  [
    'a file beyond the limit',
    [{ name: 'a', body: Buffer.alloc(100_001) }],
    /100001 bytes|more than 100000/,
  ],
  [
    'many files beyond the limit',
    ['a', 'b', 'c', 'd'].map((name) => ({ name, body: Buffer.alloc(40_000) })),
    /more than 100000 bytes/,
  ],
]
for (const [title, entries, words] of refused) {
  test(`${title} ends it, and nothing is written beside the folder`, async () => {
    const { failure, all } = await unpackEntries(entries)
    assert.ok(failure instanceof DdnnError, String(failure))
    assert.equal(failure.code, 'DDNN_DOWNLOAD_DAMAGED')
    assert.match(failure.message, words)
    const outside = all().filter((name) => !String(name).startsWith(join('deep', 'target')))
    assert.deepEqual(outside.sort(), ['archive.tgz', 'deep'])
    assert.ok(!existsSync('/tmp/evil.txt'))
  })
}

test('a few bytes that unpack to many end at the limit', async () => {
  const { failure } = await unpackBytes(gzipSync(Buffer.alloc(50_000_000)))
  assert.ok(failure instanceof DdnnError)
  assert.match(failure.message, /more than 100000 bytes|archive/i)
  assert.equal(failure.code, 'DDNN_DOWNLOAD_DAMAGED')
})

test('an archive that is cut short or is none is refused', async () => {
  const whole = await packArchive([{ name: 'a', body: Buffer.alloc(60_000, 'abc') }])
  const flipped = Buffer.from(whole)
  flipped[whole.length - 6] = (flipped[whole.length - 6] ?? 0) ^ 255
  for (const bytes of [
    whole.subarray(0, whole.length - 30),
    flipped,
    Buffer.from('<html>no</html>'),
    gzipSync(Buffer.alloc(3000, 'x')),
    Buffer.alloc(0),
  ]) {
    const { failure } = await unpackBytes(bytes)
    assert.ok(failure instanceof DdnnError, String(failure))
    assert.equal(failure.code, 'DDNN_DOWNLOAD_DAMAGED')
  }
})

test('a stop ends it with its reason', async () => {
  const bytes = await packArchive([good])
  const { failure } = await unpackBytes(bytes, AbortSignal.abort('stopped'))
  assert.equal(failure, 'stopped')
})
