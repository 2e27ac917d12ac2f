// A bench in the terminal, and as cells.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ratioTable } from '../../../../src/lab/bench/report/ratio-table.ts'
import { resultTable } from '../../../../src/lab/bench/report/result-table.ts'
import { benchTable } from '../../../../src/lab/bench/report/table.ts'
import { chainResult, continuumResult, resultOf, rowOf } from './results.ts'

/** A row of a table by its names of columns. */
function rowsOf({ header, rows }: ReturnType<typeof resultTable>) {
  return rows.map((row) => Object.fromEntries(header.map((name, i) => [name, row[i]])))
}

test('a contestant and load is one row, a median over rounds', () => {
  const rows = rowsOf(resultTable(chainResult()))
  assert.deepEqual(rows[0], {
    Contestant: 'ddnn',
    Load: 'single-stream',
    'Judged by': 'p90 30.0 ms',
    'Mean ms': '20.0',
    'p50 ms': '20.0',
    'p90 ms': '30.0',
    'p99 ms': '36.0',
    'Images/s': '50.0',
    'CPU ms': '14.0',
    'of it broker': '2.00',
    Bytes: '102.9 kB',
    Exits: 'cloud 100 %',
    Right: '89.0 %',
    Failed: '0',
  })
  const keys = rows.map(({ Contestant, Load }) => `${Contestant} ${Load}`)
  assert.equal(new Set(keys).size, keys.length)
  // Single-stream of four, server and three numbers in flight of three.
  assert.equal(keys.length, 4 + 3 + 9)
})

test('columns that nobody has a value for are left out', () => {
  const bare = rowOf({ cpuMs: { bench: 3 }, bytes: {}, exits: {}, accuracy: undefined })
  const { header } = resultTable(resultOf([bare]))
  assert.deepEqual(
    header.filter((name) => ['of it broker', 'Bytes', 'Exits', 'Right'].includes(name)),
    [],
  )
  assert.ok(header.includes('CPU ms') && header.includes('Failed'))
})

test('the terminal shows who failed why, and ddnn beside each other contestant', () => {
  const text = benchTable(chainResult())
  assert.match(text, /kafka-python, single-stream: without an answer, of 3 images: 1 x timeout/)
  assert.match(text, /ddnn \/ kafka-python │ single-stream │ +1\/120 │ +1\/120 │/)
  assert.match(text, /^Medians of 3 rounds;/)
  assert.doesNotMatch(text, /NaN|undefined|\x1b/)
})

test('ddnn alone has no ratios', () => {
  assert.deepEqual(ratioTable(resultOf([rowOf()])).rows, [])
  assert.doesNotMatch(benchTable(resultOf([rowOf()])), /ratio/)
})

test('at rates that held, only rates are compared', () => {
  const server = ratioTable(chainResult()).rows.filter(([, load]) => load === 'server')
  assert.deepEqual(server[0], ['ddnn / bare chain', 'server', '-', '-', '1.00 x', '-'])
})

test('exits are told in whole percent, in the order of the tiers', () => {
  const result = continuumResult()
  // Counted in whatever order answers came.
  const rows = result.rows.map((row) => ({ ...row, exits: { cloud: 5, edge: 80, fog: 15 } }))
  const [ddnn] = rowsOf(resultTable({ ...result, rows }))
  assert.equal(ddnn?.['Exits'], 'edge 80, fog 15, cloud 5 %')
})

test('a name of anybody cannot steer the terminal', () => {
  const text = benchTable(resultOf([rowOf({ contestant: 'red\x1b[31m' })]))
  assert.ok(text.includes('red\\x1b[31m') && !text.includes('\x1b'))
})
