// Any bytes at all: nothing throws, nothing loops, nothing takes more memory than the limit says.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { createGzip } from 'node:zlib'
import { compressFrameSync } from 'lz4-napi'
import { compressSync } from 'snappy'
import { fc } from '../../../helpers/property.ts'
import { unpack } from '../../../../src/serving/transport/kafka/records/codecs.ts'
import {
  readRecordSet,
  type RecordSet,
} from '../../../../src/serving/transport/kafka/records/record-set.ts'
import { unpackByWasm } from '../../../../src/serving/transport/kafka/records/zstd.ts'
import { repoPath } from '../../../helpers/paths.ts'
import { seal, writeBatch } from './batches.ts'

const MiB = 1024 * 1024
const golden = Object.values(
  JSON.parse(readFileSync(repoPath('test', 'golden', 'kafka', 'batches.json'), 'utf8')) as Record<
    string,
    string
  >,
).map((text) => Buffer.from(text, 'base64'))
const seeded = { seed: 20261128, numRuns: 400 }
const maxUnpackedBytes = 200_000

/** Offsets ascend, none is below the first wanted one, every range is one, and the end is past them all. */
function checkPlaces({ items, nextOffset }: RecordSet, fromOffset: bigint): void {
  let next = fromOffset
  for (const item of items) {
    const first = item.kind === 'record' ? item.record.offset : item.offset
    const last = item.kind === 'record' ? item.record.offset : item.lastOffset
    assert.ok(first >= next && last >= first, `${first}..${last} after ${next}`)
    next = last + 1n
  }
  if (items.length > 0) assert.ok(nextOffset !== undefined && nextOffset >= next)
  if (nextOffset !== undefined) assert.ok(nextOffset > fromOffset && nextOffset < 2n ** 63n)
}

const mutations = fc.array(
  fc.record({
    at: fc.nat(),
    kind: fc.nat(3),
    byte: fc.nat(255),
    size: fc.integer({ min: 1, max: 40 }),
  }),
  { minLength: 1, maxLength: 6 },
)

test('random bytes are read without an error', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 400 }),
      fc.bigInt(0n, 2n ** 62n),
      async (raw, from) => {
        const set = await readRecordSet(Buffer.from(raw), { fromOffset: from, maxUnpackedBytes })
        checkPlaces(set, from)
      },
    ),
    seeded,
  )
})

test('batches of Kafka, mutated, with and without a right checksum, are read without an error', async () => {
  const cases = fc.record({
    which: fc.nat(golden.length - 1),
    mutations,
    isSealed: fc.boolean(),
    from: fc.bigInt(990n, 1070n),
  })
  await fc.assert(
    fc.asyncProperty(cases, async ({ which, mutations: changes, isSealed, from }) => {
      let bytes = Buffer.from(golden[which] ?? [])
      for (const { at, kind, byte, size } of changes) {
        const place = at % bytes.length
        if (kind === 0) bytes[place] = byte
        else if (kind === 1) bytes.fill(byte, place, Math.min(place + size, bytes.length))
        else if (kind === 2)
          bytes = Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + size)])
        else
          bytes = Buffer.concat([
            bytes.subarray(0, place),
            bytes.subarray(Math.max(0, place - size)),
            bytes,
          ])
        if (bytes.length < 61) return
      }
      if (isSealed) {
        bytes.writeInt32BE(bytes.length - 12, 8)
        bytes.writeInt8(2, 16)
        seal(bytes)
      }
      checkPlaces(await readRecordSet(bytes, { fromOffset: from, maxUnpackedBytes }), from)
    }),
    seeded,
  )
})

test('any bytes in any codec unpack to the limit at most, and end', async () => {
  const heads = [[], [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]].concat([
    [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82],
    [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58],
    [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0],
  ])
  const cases = fc.tuple(
    fc.nat(7),
    fc.constantFrom(...heads),
    fc.uint8Array({ maxLength: 300 }),
    fc.nat(5000),
  )
  await fc.assert(
    fc.asyncProperty(cases, async ([codec, head, tail, most]) => {
      const packed = Buffer.from([...head, ...tail])
      const { bytes } = await unpack(codec, packed, codec === 0 ? packed.length : most)
      assert.ok(bytes.length <= Math.max(most, codec === 0 ? packed.length : 0))
      assert.ok((await unpackByWasm(packed, most)).bytes.length <= most)
    }),
    { ...seeded, numRuns: 2000 },
  )
})

/** Largest growth of the process's memory while `work` runs, bytes. */
async function growthDuring(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage().rss
  let most = before
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 2)
  await work()
  clearInterval(timer)
  return Math.max(most, process.memoryUsage().rss) - before
}

async function gzipOfZeros(size: number): Promise<Buffer> {
  const gzip = createGzip()
  const parts: Buffer[] = []
  gzip.on('data', (part: Buffer) => parts.push(part))
  const zeros = Buffer.alloc(MiB)
  for (let left = size; left > 0; left -= MiB) {
    if (!gzip.write(zeros)) await new Promise((resolve) => gzip.once('drain', resolve))
  }
  await new Promise((resolve) => gzip.once('end', resolve).end())
  return Buffer.concat(parts)
}

/** A frame of zstd: 2,048 blocks of 128 KiB of one repeated byte. */
function zstdOfZeros(): Buffer {
  const block = Buffer.from([0, 0, 0x10, 0])
  block.writeUIntLE((131_072 << 3) | 2, 0, 3)
  const last = Buffer.from(block)
  last.writeUIntLE((131_072 << 3) | 3, 0, 3)
  return Buffer.concat([
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]),
    ...Array.from({ length: 2047 }, () => block),
    last,
  ])
}

const bombs: readonly (readonly [
  name: string,
  codec: number,
  make: () => Buffer | Promise<Buffer>,
])[] = [
  ['gzip', 1, () => gzipOfZeros(256 * MiB)],
  ['snappy', 2, () => compressSync(Buffer.alloc(256 * MiB))],
  ['lz4', 3, () => compressFrameSync(Buffer.alloc(256 * MiB))],
  ['zstd', 4, zstdOfZeros],
]

for (const [name, codec, make] of bombs) {
  test(`${name} of 256 MiB of zeros, ten times over, costs less than 64 MiB`, async () => {
    const packed = await make()
    const batch = writeBatch({ attributes: codec, count: 1, pack: () => packed })
    const growth = await growthDuring(async () => {
      for (let round = 0; round < 10; round++) {
        const { items, nextOffset } = await readRecordSet(batch, {
          fromOffset: 0n,
          maxUnpackedBytes: 16 * MiB,
        })
        assert.equal(items.length, 1)
        assert.ok(items[0]?.kind === 'unreadable')
        assert.equal(items[0].code, 'DDNN_FRAME_TOO_LARGE')
        assert.equal(nextOffset, 1n)
      }
    })
    assert.ok(growth < 64 * MiB, `grew by ${Math.round(growth / MiB)} MiB`)
    // The one that is made by hand must be what it is said to be.
    if (name === 'zstd') {
      assert.equal((await unpack(codec, packed, 256 * MiB)).bytes.length, 256 * MiB)
    }
  })
}
