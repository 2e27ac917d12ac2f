// Batches that Kafka's own client library wrote, and forms of the codecs that others write
// (test/golden/kafka says how they were made).
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { unpack } from '../../../../src/serving/transport/kafka/records/codecs.ts'
import { readRecordSet } from '../../../../src/serving/transport/kafka/records/record-set.ts'
import { unpackByWasm } from '../../../../src/serving/transport/kafka/records/zstd.ts'
import { repoPath } from '../../../helpers/paths.ts'

const read = (name: string): unknown =>
  JSON.parse(readFileSync(repoPath('test', 'golden', 'kafka', name), 'utf8'))
const batches = read('batches.json') as Record<string, string>
const forms = read('packed.json') as { form: string; codec: number; packed: string }[]

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
const data = Buffer.from(
  Array.from({ length: 8000 }, (_, i) => `reading ${(i * i) % 61} of the sensor; `).join(''),
).subarray(0, 160_000)

for (const codec of codecs) {
  test(`a batch that Kafka's own client wrote with ${codec} is read as it was written`, async () => {
    const bytes = Buffer.from(batches[codec] ?? '', 'base64')
    assert.equal(bytes.readInt16BE(21) & 7, codecs.indexOf(codec))
    const count = codec === 'none' ? 9 : 60
    const { items, nextOffset } = await readRecordSet(bytes, {
      fromOffset: 0n,
      maxUnpackedBytes: 1_000_000,
    })
    assert.equal(nextOffset, 1000n + BigInt(count))
    assert.equal(items.length, count)
    for (const [i, item] of items.entries()) {
      assert.ok(item.kind === 'record')
      const { offset, timestampMs, isBrokerTimed, key, value, headers } = item.record
      assert.equal(offset, 1000n + BigInt(i))
      assert.equal(timestampMs, 1_700_000_000_000 + 1000 * i * i)
      assert.equal(isBrokerTimed, false)
      assert.equal(key === null ? null : String(key), i % 2 === 0 ? `key ${i}` : null)
      const text = `reading ${i * i} of the sensor; `.repeat(100)
      assert.equal(value === null ? null : String(value), i === 7 ? null : text)
      assert.deepEqual({ ...headers }, { index: String(i) })
    }
  })
}

for (const { form, codec, packed } of forms) {
  test(`${form} is unpacked, up to the limit and not a byte beyond`, async () => {
    const bytes = Buffer.from(packed, 'base64')
    const exact = await unpack(codec, bytes, data.length)
    assert.equal(exact.problem, undefined)
    assert.ok(exact.bytes.equals(data))
    const short = await unpack(codec, bytes, data.length - 1)
    assert.equal(short.problem?.code, 'DDNN_FRAME_TOO_LARGE')
    assert.equal(short.bytes.length, 0)
  })

  test(`${form} cut short is damaged, and what it still gives is its beginning`, async () => {
    const bytes = Buffer.from(packed, 'base64')
    for (const part of [0.1, 0.5, 0.9]) {
      const cut = await unpack(codec, bytes.subarray(0, bytes.length * part), data.length)
      assert.equal(cut.problem?.code, 'DDNN_FRAME_MALFORMED')
      assert.ok(cut.bytes.equals(data.subarray(0, cut.bytes.length)))
    }
  })

  if (codec === 4) {
    test(`${form} is unpacked on a Node without zstd`, async () => {
      const bytes = Buffer.from(packed, 'base64')
      assert.ok((await unpackByWasm(bytes, data.length)).bytes.equals(data))
      const short = await unpackByWasm(bytes, data.length - 1)
      assert.equal(short.problem?.code, 'DDNN_FRAME_TOO_LARGE')
    })
  }
}
