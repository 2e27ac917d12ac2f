// The numbers of a run, by hand-made outcomes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSummary } from '../../src/report/summary.ts'
import { summaryTable } from '../../src/report/summary-table.ts'
import { percentile } from '../../src/report/percentile.ts'
import { describeMs } from '../../src/report/describe.ts'
import { failureOf, outcomeOf, replyOf } from './outcomes.ts'

const summary = createSummary()
for (const outcome of [
  outcomeOf(0, { roundTripMs: 10 }),
  outcomeOf(1, { roundTripMs: 20, reply: replyOf([0]) }),
  outcomeOf(2, { roundTripMs: 30, reply: replyOf([0, 1]) }),
  outcomeOf(3, { roundTripMs: 400, reply: replyOf([0, 0, 1]) }),
  outcomeOf(4, { roundTripMs: 50, reply: { ...replyOf([1]), fallback: true } }),
  failureOf(5),
  failureOf(6),
  failureOf(7, 'DDNN_INPUT_UNREADABLE'),
  // A tier that could not answer either: an error reply is no answer.
  outcomeOf(8, {
    reply: replyOf([null]),
    problem: { code: 'DDNN_FRAME_SHAPE', message: 'no' },
  }),
]) {
  summary.add(outcome)
}

test('all numbers of a run are counted', () => {
  assert.deepEqual(summary.build(2000), {
    samples: 9,
    answered: 5,
    failed: 4,
    failures: [
      { code: 'DDNN_REPLY_TIMEOUT', count: 2 },
      { code: 'DDNN_FRAME_SHAPE', count: 1 },
      { code: 'DDNN_INPUT_UNREADABLE', count: 1 },
    ],
    fallbacks: 1,
    accuracy: 0.8,
    tiers: [
      {
        ...{ tier: 'edge', count: 3, share: 0.6, accuracy: 2 / 3 },
        // Of sample 4 it sent features on as well, and answered itself.
        ...{ ran: [{ exit: 0, count: 5 }], offloaded: 3 },
        exits: [{ exit: 0, count: 3, accuracy: 2 / 3 }],
      },
      {
        ...{ tier: 'fog', count: 1, share: 0.2, accuracy: 1 },
        ...{ ran: [{ exit: 1, count: 2 }], offloaded: 1 },
        exits: [{ exit: 1, count: 1, accuracy: 1 }],
      },
      {
        ...{ tier: 'cloud', count: 1, share: 0.2, accuracy: 1 },
        ...{ ran: [{ exit: 2, count: 1 }], offloaded: 0 },
        exits: [{ exit: 2, count: 1, accuracy: 1 }],
      },
    ],
    roundTripMs: { p50: 30, p95: 400, p99: 400 },
    elapsedMs: 2000,
    imagesPerSecond: 2.5,
  })
})

test('a run without an answer has no accuracy and no times', () => {
  const empty = createSummary().build(0)
  assert.equal(empty.accuracy, undefined)
  assert.equal(empty.roundTripMs, undefined)
  assert.equal(empty.imagesPerSecond, 0)
  const failed = createSummary()
  failed.add(failureOf(0))
  assert.match(summaryTable(failed.build(10)), /1 without an answer: 1 DDNN_REPLY_TIMEOUT/)
})

test('a tier that answered nothing is listed, in its place', () => {
  const passing = createSummary()
  passing.add(outcomeOf(0, { reply: replyOf([0, 0, 1]) }))
  assert.deepEqual(
    passing.build(1).tiers.map(({ tier, count, accuracy }) => [tier, count, accuracy]),
    [
      ['edge', 0, undefined],
      ['fog', 0, undefined],
      ['cloud', 1, 1],
    ],
  )
})

test('the table says it in words', () => {
  const text = summaryTable(summary.build(2000))
  for (const expected of [
    /edge\s+│\s+3\s+│\s+60\.0 %\s+│\s+66\.7 %/,
    /9 images, 5 answered in 2\.0 s: 2\.5 images a second/,
    /Accuracy 80\.0 % \(4 of 5 right\)/,
    /p50 30\.0 ms, p95 400 ms, p99 400 ms/,
    /1 answered by a nearer tier/,
    /4 without an answer: 2 DDNN_REPLY_TIMEOUT, 1 DDNN_FRAME_SHAPE, 1 DDNN_INPUT_UNREADABLE/,
  ]) {
    assert.match(text, expected)
  }
})

test('percentiles are values that were measured', () => {
  const values = Array.from({ length: 100 }, (_, i) => i + 1)
  assert.deepEqual(
    [0, 1, 50, 95, 99, 100].map((p) => percentile(values, p)),
    [1, 1, 50, 95, 99, 100],
  )
  assert.equal(percentile([7], 99), 7)
  assert.equal(percentile([1, 2], 50), 1)
  assert.ok(Number.isNaN(percentile([], 50)))
})

test('times are written for people', () => {
  assert.deepEqual([0, 4.24, 99.6, 998, 1300, 59_900, 125_000].map(describeMs), [
    '0.0 ms',
    '4.2 ms',
    '100 ms',
    '998 ms',
    '1.3 s',
    '59.9 s',
    '2 min 5 s',
  ])
})
