// Tables of README.md and docs are what their committed runs say, and how a run gets into them.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import * as prettier from 'prettier'
import { benchJson } from '../../../../src/lab/bench/report/json.ts'
import { repoPath, repoRoot } from '../../../helpers/paths.ts'
import { tempFolder } from '../../../report/outcomes.ts'
import { chainResult, continuumResult } from './results.ts'

// A script, so its types are told here.
const script = (await import(pathToFileURL(repoPath('scripts', 'readme-tables.mjs')).href)) as {
  tableDocs: (root: string) => readonly string[]
  renderTables: (root: string, file: string, text: string) => string
  pointTo: (text: string, kind: string, runs: readonly string[]) => string
}

const root = tempFolder()
const runs = { chain: chainResult(), wan: continuumResult() }
for (const [name, result] of Object.entries(runs)) {
  mkdirSync(join(root, 'bench', 'runs', name), { recursive: true })
  writeFileSync(join(root, 'bench', 'runs', name, 'bench.json'), benchJson(result))
}

mkdirSync(join(root, 'bench', 'runs', 'scaling'))
const rates = [1, 8].map((value) => ({ curve: 'replicas', value, rate: value * 10 }))
writeFileSync(
  join(root, 'bench', 'runs', 'scaling', 'scaling.json'),
  JSON.stringify({ format: 1, rows: rates }),
)

const page = '# A page\n\n## Results\n\nBefore.\n\n### Smaller\n\n## More\n\nAfter.\n'

/** The page after a run was put into it. */
function put(text: string, kind: string, names: readonly string[], file = 'README.md'): string {
  const pointed = script.pointTo(
    text,
    kind,
    names.map((name) => `bench/runs/${name}`),
  )
  return script.renderTables(root, file, pointed)
}

for (const file of script.tableDocs(repoRoot)) {
  test(`${file} says what its runs say`, () => {
    const text = readFileSync(repoPath(...file.split('/')), 'utf8')
    assert.equal(script.renderTables(repoRoot, file, text), text, 'run `npm run readme-tables`')
  })
}

test("a first run's table comes to the end of the results, all else stays", () => {
  const text = put(page, 'performance', ['chain'])
  const [before, rest = ''] = text.split('<!-- bench performance bench/runs/chain -->\n')
  const [table = '', after] = rest.split('<!-- /bench -->\n')
  assert.equal(`${before}${after?.trimStart()}`, page)
  assert.ok(table.includes('([run](bench/runs/chain/README.md)):'), table)
  assert.ok(table.includes('29 November 2026'), table)
  const cells = table.split('\n').map((line) => line.split('|').map((cell) => cell.trim()))
  assert.deepEqual(
    cells.find(([, name]) => name === 'ddnn'),
    ['', 'ddnn', '20.0 ms', '87.1 / 115', '3.5 ms', '0.5 ms', ''],
  )
  assert.deepEqual(
    cells.find(([, name]) => name === 'kafka-python'),
    ['', 'kafka-python', '2.4 s', '- / -', '-', '-', ''],
  )
})

test('a table once made stays as it is, and Prettier leaves it', async () => {
  const text = put(put(put(page, 'performance', ['chain']), 'continuum', ['wan']), 'goals', [
    'chain',
    'wan',
  ])
  assert.equal(script.renderTables(root, 'README.md', text), text)
  const options = await prettier.resolveConfig(repoPath('README.md'))
  assert.equal(await prettier.format(text, { ...options, parser: 'markdown' }), text)
})

test('a figure changed by hand is put right', () => {
  const text = put(page, 'performance', ['chain'])
  const changed = text.replace('20.0 ms', '10.0 ms')
  assert.notEqual(changed, text)
  assert.equal(script.renderTables(root, 'README.md', changed), text)
})

test('a later run takes the place of the one before', () => {
  const first = put(page, 'continuum', ['chain'])
  const second = put(first, 'continuum', ['wan'])
  assert.equal(second.match(/<!-- bench /g)?.length, 1)
  assert.equal(second, put(page, 'continuum', ['wan']))
  assert.match(second, /\| cloud-only jpeg +\| 120 ms +\| 192 ms +\| 50\.0 % /)
})

test('goals are told by benches and by a run of replicas together', () => {
  const text = put(page, 'goals', ['wan', 'scaling'])
  assert.match(text, /1\.00 of linear +\| met/)
  assert.match(text, /50\.0 % less, accuracy -0\.5 points \| met/)
  assert.ok(text.includes('](bench/runs/scaling/README.md)'))
})

test('a page in a folder links to the run from there', () => {
  const text = put('# Benchmarks\n', 'goals', ['chain'], 'docs/benchmarks.md')
  assert.ok(text.startsWith('# Benchmarks\n\n<!-- bench goals'))
  assert.ok(text.includes('](../bench/runs/chain/README.md)'))
})

test('a table of another kind, without an end or without its run is told by name', () => {
  const render = (text: string) => () => script.renderTables(root, 'README.md', text)
  assert.throws(render('<!-- bench speed bench/runs/chain -->\n<!-- /bench -->\n'), /got 'speed'/)
  assert.throws(render('<!-- bench goals bench/runs/chain -->\n| a |\n'), /after the table goals/)
  assert.throws(
    render('<!-- bench goals bench/runs/gone -->\n<!-- /bench -->\n'),
    /README\.md.*bench\/runs\/gone\/bench\.json/,
  )
})
