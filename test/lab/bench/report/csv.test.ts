// bench.csv, as perf_analyzer's readers take it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { benchCsv } from '../../../../src/lab/bench/report/csv.ts'
import { chainResult, latencyOf, resultOf, rowOf } from './results.ts'

/** Cells by column; none of these has a comma or quote in it. */
function read(text: string): readonly Readonly<Record<string, string>>[] {
  const [header, ...lines] = text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','))
  return lines.map((cells) =>
    Object.fromEntries((header ?? []).map((name, i) => [name, cells[i] ?? ''])),
  )
}

test("the columns are perf_analyzer's behind contestant, scenario and round", () => {
  const [header] = benchCsv(chainResult()).split('\n')
  assert.equal(
    header,
    'Contestant,Scenario,Round,Concurrency,Request Rate,Inferences/Second,Client Send,Network+Server Send/Recv,Server Queue,Server Compute Input,Server Compute Infer,Server Compute Output,Client Recv,p50 latency,p90 latency,p95 latency,p99 latency,Avg latency',
  )
})

test('parts are microseconds, each in the column that means the same', () => {
  const [row] = read(benchCsv(resultOf([rowOf()])))
  assert.deepEqual(row, {
    Contestant: 'ddnn',
    Scenario: 'single-stream',
    Round: '1',
    Concurrency: '1',
    'Request Rate': '',
    'Inferences/Second': '50',
    'Client Send': '500',
    // Both hops, 9 ms, and 1.75 ms that nobody tells.
    'Network+Server Send/Recv': '10750',
    'Server Queue': '1000',
    'Server Compute Input': '500',
    'Server Compute Infer': '6000',
    'Server Compute Output': '1000',
    'Client Recv': '250',
    'p50 latency': '20000',
    'p90 latency': '30000',
    'p95 latency': '32000',
    'p99 latency': '36000',
    'Avg latency': '20000',
  })
})

test('the parts sum up to the average latency, as readers of perf_analyzer take for granted', () => {
  for (const row of read(benchCsv(chainResult()))) {
    if (row['Client Send'] === '') continue
    const parts = Object.keys(row).filter((name) => /^(Client|Network|Server)/.test(name))
    assert.equal(parts.length, 7)
    const sum = parts.reduce((total, name) => total + Number(row[name]), 0)
    assert.ok(Math.abs(sum - Number(row['Avg latency'])) <= parts.length)
  }
})

test('a contestant that tells no parts has empty cells, and one without an answer no latency', () => {
  const nobody = rowOf({ parts: [], latency: latencyOf(Number.NaN), imagesPerSecond: 0 })
  const [row] = read(benchCsv(resultOf([nobody])))
  assert.equal(row?.['Client Send'], '')
  assert.equal(row?.['Avg latency'], '')
  assert.equal(row?.['Inferences/Second'], '0')
})

test('every rate of a server is a row', () => {
  const rows = read(benchCsv(chainResult())).filter(({ Scenario }) => Scenario === 'server')
  assert.equal(rows.length, 27)
  assert.deepEqual([...new Set(rows.map((row) => row['Request Rate']))], ['20', '40', '80'])
})
