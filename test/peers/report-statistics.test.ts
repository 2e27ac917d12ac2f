// Figures of `ddnn report` against NumPy, SciPy and statsmodels, on CSVs that Python wrote as the original does.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { makeRuns } from '../../src/report/compare/make-runs.ts'
import { parseRunCsv } from '../../src/report/compare/parse-run-csv.ts'
import { reportData, type ReportData } from '../../src/report/compare/report-data.ts'
import { independentDifference } from '../../src/report/compare/share-difference.ts'
import { tempFolder } from '../helpers/cli.ts'
import { repoPath } from '../helpers/paths.ts'

interface Figures {
  readonly labels: readonly number[]
  readonly right: readonly number[]
  readonly wilson: readonly (readonly [number, number])[]
  readonly exits: readonly number[]
  readonly percentiles: readonly (readonly number[])[]
  readonly longest: number
  readonly compared: {
    readonly p: number
    readonly onlyFirst: number
    readonly onlySecond: number
    readonly newcombe: readonly [number, number]
    readonly p90: readonly [number, number]
  }
}

interface PythonEnv {
  readonly ensurePythonEnv: (packages: readonly string[]) => Promise<string>
}

const packages = ['numpy==2.2.6', 'scipy==1.15.3', 'statsmodels==0.14.4']
const folder = tempFolder()
let python: Figures
let data: ReportData

const read = (name: string) => parseRunCsv(readFileSync(join(folder, name), 'utf8'), name)

before(async () => {
  const url = pathToFileURL(repoPath('scripts', 'python-env.mjs')).href
  const { ensurePythonEnv } = (await import(url)) as PythonEnv
  const script = repoPath('test', 'peers', 'report_statistics.py')
  const { stdout } = await promisify(execFile)(await ensurePythonEnv(packages), [script, folder])
  python = JSON.parse(stdout) as Figures
  const names = ['first.csv', 'second.csv']
  data = reportData(makeRuns(names.map(read), { names }))
})

const near = (got: number | undefined, expected: number | undefined, tolerance = 1e-9) =>
  assert.ok(
    got !== undefined && expected !== undefined && Math.abs(got - expected) <= tolerance,
    `${got} is ${expected}`,
  )

test('right answers, exits, Wilson intervals and percentiles are those of NumPy and statsmodels', () => {
  for (const [i, { figures }] of data.runs.entries()) {
    assert.equal(figures.accuracy?.count, python.right[i])
    near(figures.accuracy?.low, python.wilson[i]?.[0])
    near(figures.accuracy?.high, python.wilson[i]?.[1])
    const { p50, p90, p95, p99 } = figures.latency ?? {}
    for (const [j, value] of [p50, p90, p95, p99].entries()) near(value, python.percentiles[i]?.[j])
  }
  const [first] = data.runs
  assert.deepEqual(
    first?.figures.exits.map(({ share }) => share.count),
    python.exits,
  )
  near(first?.figures.latency?.max, python.longest)
})

test("McNemar's test and Newcombe's interval are those of statsmodels, the bootstrap SciPy's", () => {
  const [comparison] = data.comparisons
  const { p, onlyFirst, onlySecond } = comparison?.accuracy?.paired ?? {}
  assert.deepEqual([onlyFirst, onlySecond], [python.compared.onlyFirst, python.compared.onlySecond])
  near(p, python.compared.p, 1e-12)
  const [first, second] = data.runs.map(({ figures }) => figures.accuracy)
  assert.ok(first && second)
  const { low, high } = independentDifference(first, second)
  near(low, python.compared.newcombe[0], 1e-6)
  near(high, python.compared.newcombe[1], 1e-6)
  const p90 = comparison?.latency.find(({ percent }) => percent === 90)
  // Other draws: the ends of both lie within a fifth of the interval's length.
  const [least, most] = python.compared.p90
  near(p90?.low, least, (most - least) / 5)
  near(p90?.high, most, (most - least) / 5)
})

test('labels of a file with one-hot elements are recovered from the run beside it', () => {
  const csvs = ['original.csv', 'second.csv'].map(read)
  const [alone] = makeRuns([csvs[0]!], { names: ['original'] })
  assert.equal(alone?.truth.kind, 'one-hot')
  const [original] = makeRuns(csvs, { names: ['original', 'second'] })
  assert.equal(original?.truth.kind, 'recovered')
  assert.deepEqual(
    original.rows.map(({ expected }) => expected),
    python.labels,
  )
  assert.equal(original.rows.filter(({ isRight }) => isRight === true).length, python.right[0])
})
