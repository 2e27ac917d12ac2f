// What is read, left out and stepped over, batch by batch.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import {
  readRecordSet,
  type RecordSet,
  type RecordSetOptions,
} from '../../../../src/serving/transport/kafka/records/record-set.ts'
import { seal, varint, writeBatch, writeRecords } from './batches.ts'

const limits = { fromOffset: 0n, maxUnpackedBytes: 1_000_000 }
const values = (...texts: string[]) => texts.map((text) => ({ value: Buffer.from(text) }))

/** 'a@5' for a record, '6..9 CODE' for what cannot be read. */
const told = ({ items }: RecordSet) =>
  items.map((item) =>
    item.kind === 'record'
      ? `${item.record.value === null ? 'null' : String(Buffer.from(item.record.value))}@${item.record.offset}`
      : `${item.offset}..${item.lastOffset} ${item.code}`,
  )

const read = (bytes: Buffer, options: Partial<RecordSetOptions> = {}) =>
  readRecordSet(bytes, { ...limits, ...options })

test('records below the offset that was asked for are left out, also whole batches of them', async () => {
  const bytes = Buffer.concat([
    writeBatch({ baseOffset: 0n, records: values('a', 'b') }),
    writeBatch({ baseOffset: 2n, records: values('c', 'd', 'e') }),
  ])
  const set = await read(bytes, { fromOffset: 3n })
  assert.deepEqual(told(set), ['d@3', 'e@4'])
  assert.equal(set.nextOffset, 5n)
})

test('a batch cut short at the end is no item; alone, it gives no next offset', async () => {
  const whole = writeBatch({ baseOffset: 0n, records: values('a') })
  const cut = writeBatch({ baseOffset: 1n, records: values('b') })
  for (let length = 0; length < cut.length; length++) {
    const set = await read(Buffer.concat([whole, cut.subarray(0, length)]))
    assert.deepEqual(told(set), ['a@0'])
    assert.equal(set.nextOffset, 1n)
    const alone = await read(cut.subarray(0, length))
    assert.deepEqual(alone, { items: [], nextOffset: undefined })
  }
})

test('control batches and compacted gaps are no items and move the next offset', async () => {
  const control = writeBatch({ baseOffset: 2n, attributes: 0x30, records: values('x') })
  const sparse = writeBatch({
    baseOffset: 3n,
    lastOffsetDelta: 9,
    records: [{ offsetDelta: 4, value: Buffer.from('c') }],
  })
  const empty = writeBatch({ baseOffset: 13n, lastOffsetDelta: 6 })
  const set = await read(Buffer.concat([control, sparse, empty]), { fromOffset: 1n })
  assert.deepEqual(told(set), ['c@7'])
  assert.equal(set.nextOffset, 20n)
})

test('times are those of the producer, or of the broker where it stamps them', async () => {
  const records = [{ timeDelta: 5 }, { timeDelta: -70 }]
  for (const [attributes, times] of [
    [0, [1005, 930]],
    [8, [2000, 2000]],
  ] as const) {
    const { items } = await read(writeBatch({ attributes, records }))
    const seen = items.map((item) => item.kind === 'record' && item.record.timestampMs)
    assert.deepEqual(seen, times)
    for (const item of items) {
      assert.equal(item.kind === 'record' && item.record.isBrokerTimed, attributes === 8)
    }
  }
})

test('of a header that comes twice the first counts, null values are left out, __proto__ is a name', async () => {
  const one = Buffer.from('1')
  const headers = [
    ['a', one],
    ['a', Buffer.from('2')],
    ['b', null],
    ['__proto__', one],
    ['toString', one],
    ['', one],
  ] as const
  const { items } = await read(writeBatch({ records: [{ headers }, {}] }))
  const [first, second] = items
  assert.ok(first?.kind === 'record' && second?.kind === 'record')
  assert.equal(Object.getPrototypeOf(first.record.headers), null)
  assert.deepEqual(Object.entries(first.record.headers), [
    ['a', '1'],
    ['__proto__', '1'],
    ['toString', '1'],
    ['', '1'],
  ])
  assert.equal('toString' in second.record.headers, false)
  assert.equal(({} as Record<string, unknown>)['1'], undefined)
})

test('keys and values are views, also of what was unpacked', async () => {
  const bytes = writeBatch({ records: [{ key: Buffer.from('k'), value: Buffer.from('v') }] })
  const { items } = await read(bytes)
  assert.ok(items[0]?.kind === 'record')
  assert.equal(items[0].record.value?.buffer, bytes.buffer)
  assert.equal(items[0].record.key?.buffer, bytes.buffer)
})

test('a batch whose bytes are not those of its checksum is stepped over as a whole', async () => {
  const bytes = Buffer.concat([
    writeBatch({ baseOffset: 4n, records: values('a', 'b', 'c') }),
    writeBatch({ baseOffset: 7n, records: values('d') }),
  ])
  bytes[70] = (bytes[70] ?? 0) ^ 1
  const set = await read(bytes, { fromOffset: 5n })
  assert.deepEqual(told(set), ['5..6 DDNN_FRAME_MALFORMED', 'd@7'])
  assert.equal(set.nextOffset, 8n)
})

test('where even the place of a batch is in doubt, one offset is stepped over at a time', async () => {
  const good = writeBatch({ baseOffset: 0n, records: values('a') })
  const doubtful = [
    writeBatch({ baseOffset: 1n, lastOffsetDelta: 70_000, crc: 1, records: values('b') }),
    writeBatch({ baseOffset: 1n, lastOffsetDelta: -5, records: values('b') }),
    writeBatch({ baseOffset: 2n ** 63n - 1n, records: values('b') }),
    writeBatch({ baseOffset: -9n, records: values('b') }),
    writeBatch({ baseOffset: 1n, magic: 3, records: values('b') }),
    Buffer.from('00000000000000010000000300000000', 'hex'),
    Buffer.from('0000000000000001ffffffff00000000', 'hex'),
  ]
  for (const bytes of doubtful) {
    const after = await read(Buffer.concat([good, bytes]))
    assert.deepEqual(told(after), ['a@0'])
    assert.equal(after.nextOffset, 1n)
    const alone = await read(bytes, { fromOffset: 1n })
    assert.deepEqual(told(alone), ['1..1 DDNN_FRAME_MALFORMED'])
    assert.equal(alone.nextOffset, 2n)
  }
})

test('messages of the old formats are stepped over, a packed one up to its last offset', async () => {
  for (const [magic, attributes, place] of [
    [0, 0, '9..9'],
    [1, 0, '9..9'],
    [1, 1, '4..9'],
  ] as const) {
    const old = Buffer.alloc(40)
    old.writeBigInt64BE(9n, 0)
    old.writeInt32BE(28, 8)
    old.writeInt8(magic, 16)
    old.writeInt8(attributes, 17)
    const next = writeBatch({ baseOffset: 10n, records: values('a') })
    const set = await read(Buffer.concat([old, next]), { fromOffset: 4n })
    assert.deepEqual(told(set), [`${place} DDNN_FRAME_MALFORMED`, 'a@10'])
  }
})

test('records before the damage count, packed or not, and the rest is told by its place', async () => {
  const good = writeRecords(values('a', 'b'))
  const broken: readonly (readonly [string, Buffer])[] = [
    ['a length past the end', varint(2 ** 31 - 1)],
    ['a negative length', varint(-7)],
    ['a length of nothing', varint(0)],
    ['a varint without end', Buffer.alloc(20, 0xff)],
    ['a value past its record', Buffer.from([12, 0, 0, 4, 1, 126, 0])],
    ['a value of length -2', Buffer.from([12, 0, 0, 4, 1, 3, 0])],
    ['a count of headers below 0', Buffer.from([12, 0, 0, 4, 1, 1, 1])],
    ['more headers than bytes', Buffer.from([12, 0, 0, 4, 1, 1, 126])],
    ['a header without a name', Buffer.from([16, 0, 0, 4, 1, 1, 2, 1, 1])],
    ['an offset that came before', Buffer.from([12, 0, 0, 2, 1, 1, 0])],
    ['an offset behind its batch', Buffer.from([12, 0, 0, 40, 1, 1, 0])],
    ['nothing', Buffer.alloc(0)],
  ]
  for (const [what, bytes] of broken) {
    for (const [attributes, pack] of [
      [0, (body: Buffer) => body],
      [1, (body: Buffer) => gzipSync(body)],
    ] as const) {
      const body = Buffer.concat([good, bytes])
      const batch = writeBatch({
        baseOffset: 5n,
        lastOffsetDelta: 4,
        count: 5,
        attributes,
        pack: () => pack(body),
      })
      const set = await read(
        Buffer.concat([batch, writeBatch({ baseOffset: 10n, records: values('c') })]),
      )
      assert.deepEqual(told(set), ['a@5', 'b@6', '7..9 DDNN_FRAME_MALFORMED', 'c@10'], what)
    }
  }
})

test('a claimed count of 2^31 records or headers costs nothing', async () => {
  const many = writeBatch({
    count: 2 ** 31 - 1,
    lastOffsetDelta: 2 ** 31 - 1,
    records: values('a'),
  })
  assert.deepEqual(told(await read(many)), ['a@0', `1..${2 ** 31 - 1} DDNN_FRAME_MALFORMED`])
  const headers = Buffer.concat([Buffer.from([20, 0, 0, 0, 1, 1]), varint(2 ** 31 - 1)])
  const bytes = writeBatch({ count: 1, pack: () => headers })
  assert.match(told(await read(bytes))[0] ?? '', /^0\.\.0 DDNN_FRAME/)
})

test('an unknown codec, and bytes that are not of theirs, are stepped over', async () => {
  for (let codec = 1; codec < 8; codec++) {
    const batch = writeBatch({ attributes: codec, records: values('a', 'b') })
    const set = await read(
      Buffer.concat([batch, writeBatch({ baseOffset: 2n, records: values('c') })]),
    )
    assert.deepEqual(told(set), ['0..1 DDNN_FRAME_MALFORMED', 'c@2'], String(codec))
  }
})

test('aborted transactions are left out where they are listed, committed ones are not', async () => {
  const transactional = (baseOffset: bigint, producerId: bigint, text: string) =>
    writeBatch({ baseOffset, producerId, attributes: 0x10, records: values(text) })
  const end = (baseOffset: bigint, producerId: bigint, kind: 0 | 1) =>
    writeBatch({
      baseOffset,
      producerId,
      attributes: 0x30,
      records: [{ key: Buffer.from([0, 0, 0, kind]) }],
    })
  const bytes = Buffer.concat([
    transactional(0n, 7n, 'committed'),
    end(1n, 7n, 1),
    transactional(2n, 7n, 'aborted'),
    transactional(3n, 8n, 'other'),
    writeBatch({ baseOffset: 4n, producerId: 7n, records: values('plain') }),
    transactional(5n, 7n, 'aborted too'),
    end(6n, 7n, 0),
    transactional(7n, 7n, 'later'),
  ])
  const abortedTransactions = [{ producerId: 7n, firstOffset: 2n }]
  const set = await read(bytes, { abortedTransactions })
  assert.deepEqual(told(set), ['committed@0', 'other@3', 'plain@4', 'later@7'])
  assert.equal(set.nextOffset, 8n)
  assert.equal((await read(bytes)).items.length, 6)
})

test('what takes more than the limit together is left for the next fetch, which reads it', async () => {
  const packed = (baseOffset: bigint) =>
    writeBatch({
      baseOffset,
      attributes: 1,
      records: [{ value: Buffer.alloc(600_000, 'x') }],
      pack: (body) => gzipSync(body),
    })
  const bytes = Buffer.concat([packed(0n), packed(1n), packed(2n)])
  const seen: bigint[] = []
  for (let next: bigint = 0n, round = 0; round < 3; round++) {
    const set = await read(bytes, { fromOffset: next })
    assert.equal(set.items.length, 1)
    for (const item of set.items) if (item.kind === 'record') seen.push(item.record.offset)
    next = set.nextOffset ?? -1n
  }
  assert.deepEqual(seen, [0n, 1n, 2n])
})

test('a batch of more tiny records than the limit has memory for is read as far as it goes', async () => {
  const records = Array.from({ length: 20_000 }, () => ({}))
  const batch = writeBatch({ attributes: 1, records, pack: (body) => gzipSync(body) })
  const { items, nextOffset } = await read(batch)
  const last = items.at(-1)
  assert.ok(last?.kind === 'unreadable')
  assert.equal(last.code, 'DDNN_FRAME_TOO_LARGE')
  assert.equal(last.offset, BigInt(items.length - 1))
  assert.ok(items.length < 5000)
  assert.equal(nextOffset, 20_000n)
  assert.equal((await read(batch, { maxUnpackedBytes: 20_000_000 })).items.length, 20_000)
  assert.equal((await read(writeBatch({ records }))).items.length, 20_000)
})

test('a batch changed after its checksum was written anew is told from one that is whole', async () => {
  const bytes = writeBatch({ records: values('a') })
  assert.deepEqual(told(await read(seal(bytes, 0))), ['0..0 DDNN_FRAME_MALFORMED'])
  assert.deepEqual(told(await read(seal(bytes))), ['a@0'])
})
