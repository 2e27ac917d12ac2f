// Rates, shares and charts of the live page, from ticks.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WatchTick } from '../../src/domain/watch.ts'
import { percentiles, stackedRates } from '../../src/page/charts/series.ts'
import { exitShares, keptMs, recentSpan, withTick, type History } from '../../src/page/history.ts'
import { earlyFact, imagesFact } from '../../src/page/headline-facts.ts'
import { madeUpState, madeUpTick } from '../live-page/made-up.ts'

const state = madeUpState(['device', 'edge', 'cloud'], 'device')
const tickAt = (ms: number, perSecond = 40, shares: readonly number[] = [0.75, 0.25]) =>
  madeUpTick(state, ms, perSecond, shares)

const historyOf = (ticks: readonly WatchTick[]) => ticks.reduce(withTick, [] as History)
const everyQuarter = (seconds: number) =>
  Array.from({ length: seconds * 4 }, (_, i) => tickAt((i + 1) * 250))

test('two minutes are kept and no more, however long a page is open', () => {
  const history = historyOf(everyQuarter(600))
  assert.equal(history.length, keptMs / 250 + 1)
  assert.equal(history.at(-1)?.uptimeMs, 600_000)
})

test('a process that started anew begins a new history', () => {
  const restarted = tickAt(250)
  assert.deepEqual(withTick(historyOf(everyQuarter(10)), restarted), [restarted])
})

test('a rate is of the last ten seconds, or of as many as there are', () => {
  const fast = { ...tickAt(70_000), images: 2400 + 1000 }
  const history = withTick(historyOf(everyQuarter(60)), fast)
  assert.deepEqual([recentSpan(history)?.images, recentSpan(history)?.seconds], [1000, 10])
  assert.equal(recentSpan(historyOf(everyQuarter(2)))?.seconds, 1.75)
  assert.equal(recentSpan([tickAt(250)]), undefined)
  assert.match(imagesFact([tickAt(250)]).detail, /^0 a second/)
})

test('where images leave is said of late, and of all since the start where none came of late', () => {
  const turned = { ...tickAt(65_000), exits: tickAt(60_000).exits }
  const later = {
    ...turned,
    images: 2600,
    exits: turned.exits.map((exit, i) => (i === 1 ? { ...exit, images: 800 } : exit)),
  }
  const late = exitShares(withTick(historyOf(everyQuarter(60)).slice(-1), later))
  assert.deepEqual([late.isRecent, late.of.get(0), late.of.get(1)], [true, 0, 1])
  const idle = exitShares([turned, { ...turned, uptimeMs: 70_000 }])
  assert.deepEqual([idle.isRecent, idle.of.get(0), idle.of.get(1)], [false, 0.75, 0.25])
  assert.equal(exitShares([]).of.size, 0)
})

test('the chart has a column a second, each exit on top of those before it', () => {
  const { ago, values } = stackedRates(historyOf(everyQuarter(60)), [0, 1])
  assert.ok(ago.length >= 58 && ago.length <= 60, `${ago.length} columns`)
  assert.deepEqual(ago.slice(-2), [-1, 0])
  const heights = values.map((column) => Math.round(column.at(-2) ?? 0))
  assert.deepEqual(heights, [30, 40])
  assert.deepEqual(percentiles([]).ago, [])
})

test('latency that nobody knows yet leaves a gap, not a zero', () => {
  const unknown = { ...tickAt(1000), latency: undefined }
  assert.deepEqual(percentiles([unknown]).values, [[null], [null], [null]])
})

test('early is before the last tier; before the last exit where there is one tier; nothing where there is one exit', () => {
  const history = historyOf(everyQuarter(10))
  const chain = earlyFact(history, state.tiers)
  assert.deepEqual([chain.title, chain.value], ['Answered before cloud', '75\u00a0%'])
  const [, edge, cloud] = state.tiers
  const exits = [...(edge?.exits ?? []), ...(cloud?.exits ?? [])]
  const alone = earlyFact(history, edge === undefined ? [] : [{ ...edge, exits }])
  assert.deepEqual([alone.title, alone.value], ['Answered early', '75\u00a0%'])
  assert.equal(earlyFact(history, cloud === undefined ? [] : [cloud]).value, '–')
})
