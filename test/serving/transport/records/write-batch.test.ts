// Batches as they are written, read back by the reader of what brokers send.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../helpers/property.ts'
import { encodeProduce } from '../../../../src/serving/transport/kafka/kafkajs/produce.ts'
import type { ProduceBatch } from '../../../../src/serving/transport/kafka/port.ts'
import { PieceWriter } from '../../../../src/serving/transport/kafka/records/piece-writer.ts'
import { readRecordSet } from '../../../../src/serving/transport/kafka/records/record-set.ts'
import {
  sizeBatch,
  writeBatch,
  type SizedBatch,
} from '../../../../src/serving/transport/kafka/records/write-batch.ts'

const small = fc.uint8Array({ maxLength: 300 })
/** Some of them so large that they are pieces of their own. */
const large = fc
  .tuple(fc.integer({ min: 16_000, max: 20_000 }), fc.nat({ max: 255 }))
  .map(([length, first]) => Uint8Array.from({ length }, (_, i) => first + i))
const record = fc.record({
  value: fc.option(fc.oneof({ weight: 4, arbitrary: small }, large), { nil: null }),
  headers: fc.dictionary(fc.string({ minLength: 1, maxLength: 12 }), fc.string({ maxLength: 40 }), {
    maxKeys: 6,
  }),
})

function batchOf(records: ProduceBatch['records'], partition = 0, topic = 't'): ProduceBatch {
  return { topic, partition, identity: undefined, firstSequence: 0, records }
}

function written(sized: SizedBatch, nowMs: number): readonly Uint8Array[] {
  const to = new PieceWriter(sized.plainBytes)
  writeBatch(to, sized, nowMs)
  return to.end()
}

test('whatever is written in a batch is read out of it, with its checksum', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 150 }), async (records) => {
      const sized = sizeBatch(batchOf(records))
      const pieces = written(sized, 1_700_000_000_000)
      for (const [i, { value }] of records.entries()) {
        const isOwn = pieces.some((piece) => piece === value)
        assert.equal(isOwn, value !== null && value.length >= 16_384, `value ${i}`)
      }
      const bytes = Buffer.concat(pieces)
      assert.equal(bytes.length, sized.bytes)
      const set = await readRecordSet(bytes, { fromOffset: 0n, maxUnpackedBytes: 1_000_000 })
      assert.equal(set.nextOffset, BigInt(records.length))
      assert.equal(set.items.length, records.length)
      for (const [index, item] of set.items.entries()) {
        assert.ok(item.kind === 'record')
        const { value, headers, offset, timestampMs } = item.record
        assert.equal(offset, BigInt(index))
        assert.equal(timestampMs, 1_700_000_000_000)
        const sent = records[index]
        assert.deepEqual(value && Buffer.from(value), sent?.value && Buffer.from(sent.value))
        assert.deepEqual({ ...headers }, { ...sent?.headers })
      }
    }),
    { seed: 20261128, numRuns: 60 },
  )
})

test('a producer names itself, its epoch and the sequence in the head of the batch', () => {
  const identity = { producerId: '9007199254740993', epoch: 3 }
  const sized = sizeBatch({
    ...batchOf([{ value: null, headers: {} }]),
    identity,
    firstSequence: 77,
  })
  const bytes = Buffer.concat(written(sized, 1000))
  assert.equal(bytes.readBigInt64BE(43), 9007199254740993n)
  assert.equal(bytes.readInt16BE(51), 3)
  assert.equal(bytes.readInt32BE(53), 77)
})

test('a request holds each topic once, with all of its partitions', () => {
  const one = [{ value: Buffer.from('x'), headers: {} }]
  const batches = [batchOf(one, 0, 'a'), batchOf(one, 1, 'b'), batchOf(one, 2, 'a')]
  const body = Buffer.concat(encodeProduce(batches, 1))
  let at = 2 + 2 + 4
  const topics = body.readInt32BE(at)
  at += 4
  const found: string[] = []
  for (let i = 0; i < topics; i++) {
    const length = body.readInt16BE(at)
    const name = body.toString('utf8', at + 2, at + 2 + length)
    at += 2 + length
    const partitions = body.readInt32BE(at)
    at += 4
    for (let p = 0; p < partitions; p++) {
      found.push(`${name}/${body.readInt32BE(at)}`)
      at += 8 + body.readInt32BE(at + 4)
    }
  }
  assert.deepEqual(found, ['a/0', 'a/2', 'b/1'])
  assert.equal(at, body.length)
})
