// The page of a bench: what a reader finds in it, with charts and without.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { benchFiles } from '../../../../src/lab/bench/report/files.ts'
import { benchPage } from '../../../../src/lab/bench/report/page.ts'
import { stackedBars } from '../../../../src/lab/bench/report/stacked-bars.ts'
import { timeParts } from '../../../../src/lab/bench/report/time-parts.ts'
import { hostile } from '../../../report/charts.ts'
import { chainResult, latencyOf, resultOf, rowOf } from './results.ts'

const page = benchPage(chainResult())
const sections = page.split('<section>').slice(1)
const titleOf = (section: string) => /<h2>(.*?)<\/h2>/.exec(section)?.[1]

test('four numbers stand on top; who was asked what on which machine is told at the end', () => {
  const [head = ''] = page.split('<section>')
  assert.equal(head.split('<dt>').length - 1, 4)
  const [, end = ''] = page.split('</main>')
  for (const fact of ['AMD EPYC', 'kafkajs 2.2.4', 'abc1234', 'one broker of its own', '0.02']) {
    assert.ok(end.includes(fact), fact)
  }
})

test('there is a section for results, ratios, each load, throughput, time, CPU, bytes and exits', () => {
  const loads = ['single-stream', 'server', '1 in flight', '16 in flight', '64 in flight']
  assert.deepEqual(sections.map(titleOf), [
    ...['Results', 'Ratios', 'Who was measured'],
    ...loads.map((load) => `Latency: ${load}`),
    'Latency against throughput',
    ...loads.map((load) => `Where each millisecond goes: ${load}`),
    ...['CPU an image', 'Bytes an image', 'Exits and accuracy'],
  ])
})

test('whoever cannot see a chart has a table of its numbers in the same section', () => {
  const drawn = sections.filter((section) => section.includes('<svg'))
  assert.equal(drawn.length, 14)
  for (const section of drawn)
    assert.match(section, /<th scope="col">Contestant<\/th>/, titleOf(section))
})

test('nothing is loaded from elsewhere, and a hostile name stays text', () => {
  const text = benchPage(resultOf([rowOf({ contestant: hostile, cpuMs: { [hostile]: 1 } })]))
  assert.doesNotMatch(text, /<script|<b>|(?:src|href)="(?!data:)/)
  assert.ok(text.includes('&lt;script&gt;'))
})

test('a run without an answer has a page too', () => {
  const nothing = rowOf({
    ...{
      latency: { ...latencyOf(Number.NaN), curve: [] },
      imagesPerSecond: 0,
      parts: [],
      exits: {},
    },
    ...{ cpuMs: {}, bytes: {}, accuracy: undefined, failures: { timeout: 100 } },
  })
  const text = benchPage(resultOf([nothing]))
  assert.match(text, /100 x timeout/)
  assert.doesNotMatch(text, /NaN|undefined|Infinity/)
})

test('hops are apart, processes together, and what no part has is other', () => {
  const { whole, byPlace } = timeParts([rowOf()]) ?? assert.fail()
  assert.deepEqual(Object.fromEntries(whole), {
    encode: 1.5,
    'hop device-edge': 4,
    queue: 1,
    decode: 0.5,
    compute: 6,
    'hop edge-fog': 5,
    other: 2,
  })
  assert.equal(
    [...whole.values()].reduce((a, b) => a + b, 0),
    rowOf().latency.mean,
  )
  assert.equal(byPlace.get('edge')?.get('compute'), 3)
  assert.equal(timeParts([rowOf({ parts: [] })]), undefined)
})

test('of more processes than there are colours the smallest go together, and nothing is lost', () => {
  const own = Array.from({ length: 12 }, (_, i) => [`process ${i}`, i + 1] as const)
  const bars = new Map([['Ray Serve', new Map(own)]])
  const chart = stackedBars({ title: '', yLabel: '', bars }) ?? assert.fail()
  assert.equal(chart.series.length, 8)
  assert.deepEqual(chart.series.at(-1), { name: 'all others', values: [1 + 2 + 3 + 4 + 5] })
})

test("a bench's folder has JSON, CSV, page and README", () => {
  assert.deepEqual(
    benchFiles(chainResult()).map(({ name }) => name),
    ['bench.json', 'bench.csv', 'bench.html', 'README.md'],
  )
})
