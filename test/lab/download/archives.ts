// Archives in the true layouts of the data sets, small enough to be made in a test.
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { packTar } from 'modern-tar'
import { dataSets, type DataSet } from '../../../src/lab/download/data-sets.ts'
import { drawFlower, labels } from '../../../src/input/drawn-flowers.ts'

export const classes = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ')

/** Entries of the header type given; a string body is a file. */
export interface ArchiveEntry {
  readonly name: string
  readonly body?: string | Uint8Array
  readonly type?: 'file' | 'directory' | 'symlink' | 'link' | 'fifo'
  readonly linkname?: string
}

/** A gzipped tar archive. */
export async function packArchive(entries: readonly ArchiveEntry[]): Promise<Buffer> {
  const tar = await packTar(
    entries.map(({ name, body = '', type = 'file', linkname }) => {
      const bytes = Buffer.from(body)
      const header = { name, type, size: bytes.length, mtime: new Date(0) }
      return { header: linkname === undefined ? header : { ...header, linkname }, body: bytes }
    }),
  )
  return gzipSync(tar)
}

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** Records of a label, by turns, and pixels that do not compress. */
export function cifarBatch(count: number, seed: number): Buffer {
  const records = Array.from({ length: count }, (_, i) => {
    const pixels = Buffer.concat(
      Array.from({ length: 96 }, (_, part) =>
        createHash('sha256').update(`${seed}/${i}/${part}`).digest(),
      ),
    )
    return Buffer.concat([Buffer.of((i + seed) % 10), pixels])
  })
  return Buffer.concat(records)
}

export const cifarFiles = (perBatch: number): Readonly<Record<string, Uint8Array | string>> => ({
  'batches.meta.txt': `${classes.join('\n')}\n\n`,
  ...Object.fromEntries(
    [1, 2, 3, 4, 5].map((n) => [`data_batch_${n}.bin`, cifarBatch(perBatch, n)]),
  ),
  'readme.html': '<html></html>',
  'test_batch.bin': cifarBatch(perBatch, 6),
})

/** cifar-10-binary.tar.gz with a few records a batch, each 3 kB. */
export function cifarArchive(perBatch = 10): Promise<Buffer> {
  const root = 'cifar-10-batches-bin'
  return packArchive([
    { name: `${root}/`, type: 'directory' },
    ...Object.entries(cifarFiles(perBatch)).map(([name, body]) => ({
      name: `${root}/${name}`,
      body,
    })),
  ])
}

/** flower_photos.tgz with drawn flowers, `perLabel` of each of the five. */
export async function flowersArchive(perLabel = 5): Promise<Buffer> {
  const entries: ArchiveEntry[] = [
    { name: 'flower_photos/', type: 'directory' },
    { name: 'flower_photos/LICENSE.txt', body: 'CC-BY by these authors' },
  ]
  for (const label of labels) {
    for (let seed = 0; seed < perLabel; seed++) {
      const body = await drawFlower({ label, difficulty: 0.2, seed, size: 32 })
      entries.push({ name: `flower_photos/${label}/${100 + seed}_a.jpg`, body })
    }
    entries.push({ name: `flower_photos/${label}/._100_a.jpg`, body: 'left by macOS' })
  }
  return packArchive(entries)
}

/** A data set whose makers serve these bytes. */
export function dataSetOf(name: 'cifar10' | 'flowers', archive: Uint8Array, url = ''): DataSet {
  return { ...dataSets[name], url, bytes: archive.length, sha256: sha256(archive) }
}
