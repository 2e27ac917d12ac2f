// Headers of requests and replies, and where a reply goes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import {
  deadLetterHeaders,
  readDeadLetterHeaders,
} from '../../../src/serving/transport/dead-letter.ts'
import {
  namedReplyPartition,
  partitionFor,
  readReplyHeaders,
  readRequestHeaders,
  replyHeaders,
  requestHeaders,
} from '../../../src/serving/transport/headers.ts'

test('a reply partition is a plain number or none', () => {
  const rows: readonly (readonly [string | undefined, number | undefined])[] = [
    ['0', 0],
    ['7', 7],
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
    assert.equal(namedReplyPartition(headers), expected, String(named))
  }
})

test('what a request says of itself is read as it was written', () => {
  const trace = { traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` }
  const request = { value: Buffer.alloc(0), correlationId: 'edge:a-1:7', trace, isProbe: true }
  const headers = requestHeaders({ ...request, remainingMs: () => 250.4 }, 3)
  assert.deepEqual(readRequestHeaders(headers), {
    correlationId: 'edge:a-1:7',
    clientId: 'edge:a-1',
    budgetMs: 250,
    wireVersion: '1',
    isProbe: true,
    trace,
  })
  assert.equal(namedReplyPartition(headers), 3)
  assert.deepEqual(readReplyHeaders(replyHeaders(headers)), {
    correlationId: 'edge:a-1:7',
    wireVersion: '1',
  })
})

test('who asked first is named over any number of tiers, in a name of bounded length', () => {
  const request = { value: Buffer.alloc(0), correlationId: 'edge-1:7', clientId: 'device-9' }
  assert.equal(readRequestHeaders(requestHeaders(request)).clientId, 'device-9')
  const long = requestHeaders({ ...request, clientId: 'x'.repeat(5000) })
  assert.equal(readRequestHeaders(long).clientId?.length, 200)
})

test('the time that is left is read when the headers are made, and is never below 0', () => {
  let leftMs = 100
  const request = { value: Buffer.alloc(0), correlationId: 'a:1', remainingMs: () => leftMs }
  assert.equal(requestHeaders(request)['budget-ms'], '100')
  leftMs = -5
  assert.equal(requestHeaders(request)['budget-ms'], '0')
})

test('a budget header that is no number counts as none', () => {
  assert.equal(readRequestHeaders({ 'budget-ms': '250' }).budgetMs, 250)
  for (const header of ['', ' ', 'soon', 'NaN', 'Infinity']) {
    assert.equal(readRequestHeaders({ 'budget-ms': header }).budgetMs, undefined, header)
  }
  assert.equal(readRequestHeaders({}).budgetMs, undefined)
})

test('a budget longer than a timer holds is cut to the longest, which would fire at once otherwise', () => {
  assert.equal(readRequestHeaders({ 'budget-ms': '1e12' }).budgetMs, 2 ** 31 - 1)
})

test('whatever headers say, they are read', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string()), fc.string(), (others, named) => {
      const facts = readRequestHeaders({ ...others, 'budget-ms': named })
      assert.ok(facts.budgetMs === undefined || Number.isFinite(facts.budgetMs))
      const partition = namedReplyPartition({ 'reply-partition': named })
      assert.ok(partition === undefined || (Number.isInteger(partition) && partition >= 0))
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

test('a request of an original carries no headers, nor does its reply', () => {
  assert.deepEqual(requestHeaders({ value: Buffer.from('[[1]]') }, 3), {})
  assert.deepEqual(replyHeaders({}), {})
  assert.deepEqual(replyHeaders({ 'some-proxy': 'x' }), {})
  assert.deepEqual(replyHeaders({ 'ddnn-version': '7' }), { 'ddnn-version': '1' })
  assert.deepEqual(replyHeaders({ 'correlation-id': 'p:1', other: 'y' }), {
    'ddnn-version': '1',
    'correlation-id': 'p:1',
  })
})

const origin = { topic: 't', partition: 3, offset: '42', timestampMs: 1_700_000_000_000 }

test('a dead letter names its origin, and its message is short and plain', () => {
  const own = { 'correlation-id': 'p:1' }
  const reason = { code: 'DDNN_FRAME_SHAPE', message: `Gr\u00f6\u00dfe\n${'x'.repeat(5000)}` }
  const headers = deadLetterHeaders(own, origin, reason)
  assert.equal(headers['correlation-id'], 'p:1')
  assert.equal(headers['origin-topic'], 't')
  assert.equal(headers['origin-partition'], '3')
  assert.equal(headers['origin-offset'], '42')
  assert.equal(headers['origin-timestamp'], '1700000000000')
  assert.match(headers['error-message'] ?? '', /^Gr\?e\?x+$/)
  assert.equal(headers['error-message']?.length, 1000)
  const read = readDeadLetterHeaders(headers)
  assert.deepEqual(read?.origin, origin)
  assert.equal(read?.reason.code, 'DDNN_FRAME_SHAPE')
  assert.deepEqual(read?.own, own)
})

test('a record that is no dead letter is told from one, and huge headers stay behind', () => {
  assert.equal(readDeadLetterHeaders({ 'correlation-id': 'p:1' }), undefined)
  const reason = { code: 'X', message: 'x' }
  const headers = deadLetterHeaders({ small: 'x', huge: 'x'.repeat(5000) }, origin, reason)
  assert.deepEqual(readDeadLetterHeaders(headers)?.own, { small: 'x' })
})
