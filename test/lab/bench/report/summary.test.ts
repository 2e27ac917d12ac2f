// The README of a run's folder, and the goals in it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BenchResult } from '../../../../src/lab/bench/result.ts'
import { DdnnError } from '../../../../src/errors.ts'
import { goalTable, hasGoals } from '../../../../src/lab/bench/report/goal-table.ts'
import { parseReplicaRates } from '../../../../src/lab/bench/report/replica-rates.ts'
import { benchSummary } from '../../../../src/lab/bench/report/summary.ts'
import { chainResult, continuumResult, latencyOf, resultOf, rowOf } from './results.ts'

/** What was reached of the goals, by their place. */
const reachedOf = (...results: readonly BenchResult[]) =>
  goalTable({ results }).rows.map(([, , reached, verdict]) => [reached, verdict])

const none = ['not in this run', '']

test('each goal is told from the run that is meant for it', () => {
  assert.deepEqual(reachedOf(continuumResult(), chainResult()), [
    ['1.25 x', 'met'],
    ['0.250 x', 'met'],
    ['1/120', 'met'],
    ['80 %', 'missed'],
    ['4.00 x', 'missed'],
    ['1.06 x', 'met'],
    // 720 bytes an image, of which a fifth is offloaded.
    ['3.6 kB', 'met'],
    ['50.0 % less, accuracy -0.5 points', 'met'],
    ['75.0 % less, accuracy -0.5 points', 'met'],
    none,
    none,
    none,
  ])
})

test('a chain asked over HTTP is held against the device, not the device against it', () => {
  const result = chainResult()
  const named = (name: string) => (name === 'bare chain' ? 'ddnn over HTTP' : name)
  const rows = result.rows.map((row) => ({ ...row, contestant: named(row.contestant) }))
  const contestants = result.contestants.map((one) => ({ ...one, name: named(one.name) }))
  assert.deepEqual(reachedOf({ ...result, rows, contestants }).slice(9, 11), [
    ['0.800 x', 'met'],
    ['125 %', 'met'],
  ])
})

test('a chain whose images leave as they come reaches no goal of the whole way', () => {
  const result = chainResult()
  const asTheyCome = { ...result, setup: { ...result.setup, exits: 'as they come' } }
  assert.deepEqual(reachedOf(asTheyCome).slice(0, 6), Array(6).fill(none))
  const encoded = { ...result, setup: { ...result.setup, inputs: 'encoded' as const } }
  assert.deepEqual(reachedOf(encoded).slice(0, 6), Array(6).fill(none))
})

test('less time at more than a point less accuracy is a goal missed', () => {
  const result = continuumResult()
  const rows = result.rows.map((row) =>
    row.contestant === 'ddnn' ? { ...row, accuracy: 0.87 } : row,
  )
  assert.deepEqual(reachedOf({ ...result, rows })[7], [
    '50.0 % less, accuracy -2.0 points',
    'missed',
  ])
})

test('lan links are not wan links', () => {
  const result = continuumResult()
  assert.deepEqual(reachedOf({ ...result, setup: { ...result.setup, links: 'lan' } })[7], none)
})

test('replicas are told by a run of the scaling bench', () => {
  const rows = [
    { curve: 'tiers', value: 8, load: 'all', rate: 1 },
    { curve: 'replicas', value: 1, load: 'all', rate: 12 },
    { curve: 'replicas', value: 8, load: 'all', rate: 84 },
  ]
  const replicas = parseReplicaRates(JSON.stringify({ format: 1, rows }), 'scaling.json')
  assert.deepEqual(goalTable({ results: [], replicas }).rows.at(-1)?.slice(2, 4), [
    '0.88 of linear',
    'missed',
  ])
  assert.match(benchSummary([chainResult()], replicas), /0\.88 of linear/)
  assert.throws(
    () => parseReplicaRates('{"format": 2}', 'scaling.json'),
    (error) => error instanceof DdnnError && error.code === 'DDNN_INPUT_UNREADABLE',
  )
})

test('the README of one run has its facts, tables and goals', () => {
  const text = benchSummary([chainResult()])
  assert.match(text, /^# A bench over Kafka, images decoded beforehand/)
  assert.match(text, /\n- Command: `ddnn bench --models saved_models\/edge /)
  assert.match(text, /\n\| ddnn \/ kafka-python \| single-stream \| 1\/120 +\|/)
  assert.match(text, /\n- kafka-python, single-stream: without an answer/)
  assert.match(text, /\n## Goals\n/)
  assert.doesNotMatch(text, /NaN|undefined/)
})

test('several runs share one table of goals', () => {
  const text = benchSummary([chainResult(), continuumResult()])
  assert.equal(text.match(/^# /gm)?.length, 1)
  assert.equal(text.match(/^## Goals$/gm)?.length, 1)
  assert.equal(text.match(/^### Results$/gm)?.length, 2)
})

test("a user's own bench has no table of goals that were never asked of it", () => {
  const result = resultOf([rowOf({ contestant: 'ddnn', latency: latencyOf(5) })], {
    over: 'process',
  })
  assert.equal(hasGoals({ results: [result] }), false)
  assert.doesNotMatch(benchSummary([result]), /Goals/)
})
