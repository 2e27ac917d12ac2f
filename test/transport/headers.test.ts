// Headers of requests and replies, and where a reply goes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { deadLetterHeaders } from '../../src/transport/dead-letter.ts'
import {
  isOriginal,
  partitionFor,
  replyHeaders,
  replyPartitionOf,
} from '../../src/transport/headers.ts'

test('a reply partition is obeyed only where the topic has it', () => {
  const rows: readonly (readonly [string | undefined, number | undefined])[] = [
    ['0', 0],
    ['7', 7],
    ['8', undefined],
    ['-1', undefined],
    ['1.0', undefined],
    ['1e0', undefined],
    [' 1', undefined],
    ['', undefined],
    ['9999999999', undefined],
    [undefined, undefined],
  ]
  for (const [named, expected] of rows) {
    const headers = named === undefined ? {} : { 'reply-partition': named }
    assert.equal(replyPartitionOf(headers, 8), expected, String(named))
  }
  assert.equal(replyPartitionOf({ 'reply-partition': '0' }, 0), undefined)
})

test('whatever a header says, a reply never leaves the topic', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 64 }), (named, count) => {
      const partition = replyPartitionOf({ 'reply-partition': named }, count)
      assert.ok(partition === undefined || (partition >= 0 && partition < count))
    }),
    { seed: 20250104 },
  )
})

test('an ordinal picks its own partition and a process id always the same one', () => {
  assert.deepEqual(
    [0, 1, 7, 8, 15].map((ordinal) => partitionFor('p', ordinal, 8)),
    [0, 1, 7, 0, 7],
  )
  assert.equal(partitionFor('edge-1', undefined, 8), partitionFor('edge-1', undefined, 8))
})

test('process ids that differ in their ends spread over all partitions', () => {
  const counts = new Map<number, number>()
  for (let i = 0; i < 800; i++) {
    const partition = partitionFor(`edge-${i}`, undefined, 8)
    counts.set(partition, (counts.get(partition) ?? 0) + 1)
  }
  assert.equal(counts.size, 8)
  for (const count of counts.values()) assert.ok(count > 50 && count < 150, `got ${count}`)
})

test('a request of an original is told by what it lacks, and its reply has no headers', () => {
  assert.equal(isOriginal({}), true)
  assert.equal(isOriginal({ 'some-proxy': 'x' }), true)
  assert.equal(isOriginal({ 'ddnn-version': '1' }), false)
  assert.equal(isOriginal({ 'correlation-id': 'p:1' }), false)
  assert.deepEqual(replyHeaders({}, { own: 'x' }), {})
  assert.deepEqual(replyHeaders({ 'correlation-id': 'p:1', other: 'y' }, { own: 'x' }), {
    own: 'x',
    'ddnn-version': '1',
    'correlation-id': 'p:1',
  })
})

test('a dead letter names its origin, and its message is short and plain', () => {
  const headers = deadLetterHeaders(
    {
      value: Buffer.from('x'),
      headers: { 'correlation-id': 'p:1' },
      ageMs: 0,
      origin: { topic: 't', partition: 3, offset: '42' },
    },
    '1700000000000',
    { code: 'DDNN_FRAME_SHAPE', message: `Größe\n${'x'.repeat(5000)}` },
  )
  assert.equal(headers['correlation-id'], 'p:1')
  assert.equal(headers['origin-topic'], 't')
  assert.equal(headers['origin-partition'], '3')
  assert.equal(headers['origin-offset'], '42')
  assert.equal(headers['origin-timestamp'], '1700000000000')
  assert.match(headers['error-message'] ?? '', /^Gr\?e\?x+$/)
  assert.equal(headers['error-message']?.length, 1000)
})
