// Histories to curves, figures and tables: ours, the original's, Keras', and what is none.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { DdnnError } from '../../src/errors.ts'
import { bestOf, bestTable } from '../../src/report/results/best-table.ts'
import { exitCharts, standardFigures } from '../../src/report/results/curves.ts'
import { parseHistory } from '../../src/report/results/history.ts'
import { loadPlotModule } from '../../src/report/results/plot-module.ts'
import { namesOf, readRuns, type Run } from '../../src/report/results/read-run.ts'
import { readRecordedRun } from '../../src/report/results/run-record.ts'
import { writeResults } from '../../src/report/results/write-results.ts'
import { repoPath } from '../helpers/paths.ts'
import { tempFolder } from './outcomes.ts'

const folder = tempFolder()

/** As Keras names the metrics of these exits, two epochs. */
function historyOf(exits: readonly string[], by = 0): Record<string, number[]> {
  const shares = ['', 'val_'].flatMap((prefix) => [
    [`${prefix}loss`, [3 + by, 2]],
    ...exits.map((exit) => [`${prefix}${exit}_loss`, [1.5, 1]]),
    ...exits.map((exit) => [`${prefix}${exit}_accuracy`, [0.5, 0.6 + by]]),
  ])
  return Object.fromEntries(shares) as Record<string, number[]>
}

function runOf(name: string, json: unknown, bestEpoch?: number): Run {
  const history = parseHistory(JSON.stringify(json), name)
  const record = bestEpoch === undefined ? undefined : { facts: [], bestEpoch }
  return { name, file: `/runs/${name}/model.history`, history, record, reports: [] }
}

const names = (json: unknown) =>
  parseHistory(JSON.stringify(json), 'x').exits.map(({ name }) => name)

test('exits are read from the keys of ours, of the original and of Keras, the nearest first', () => {
  assert.deepEqual(names(historyOf(['edge_exit', 'fog_exit'])), ['edge', 'fog'])
  assert.deepEqual(names(historyOf(['model_1', 'model_2'])), ['model_1', 'model_2'])
  // Keras 3 sorts by letter.
  assert.deepEqual(names(historyOf(['cloud', 'edge', 'fog'])), ['edge', 'fog', 'cloud'])
  assert.deepEqual(names(historyOf(['m_1', 'm_10', 'm_2'])), ['m_1', 'm_2', 'm_10'])
  assert.deepEqual(names(historyOf(['near', 'far'])), ['near', 'far'])
  assert.deepEqual(names({ accuracy: [1], loss: [2], val_accuracy: [1] }), ['model'])
  assert.deepEqual(names({ a_sparse_categorical_accuracy: [1], b_acc: [1] }), ['a', 'b'])
  assert.deepEqual(names({ sparse_categorical_accuracy: [1], lr: [0.1] }), ['model'])
})

test('each curve goes to its exit, metric and share; all exits together apart', () => {
  const { exits, total, epochs, columns } = parseHistory(
    JSON.stringify({ ...historyOf(['a', 'b']), val_b_loss: [9, 8], lr: [0.1, 0.2] }),
    'x',
  )
  assert.equal(epochs, 2)
  assert.deepEqual(exits[1], {
    name: 'b',
    training: { loss: [1.5, 1], accuracy: [0.5, 0.6] },
    validation: { loss: [9, 8], accuracy: [0.5, 0.6] },
  })
  assert.deepEqual(total?.validation, { loss: [3, 2] })
  assert.deepEqual(columns['lr'], [0.1, 0.2])
})

test("Python's NaN and Infinity are gaps, and words in keys stay words", () => {
  const text = '{"loss": [NaN, Infinity, -Infinity, 1.5], "NaN_loss": [1, 2, 3, 4]}'
  const { columns } = parseHistory(text, 'x')
  assert.deepEqual(columns, { loss: [null, null, null, 1.5], NaN_loss: [1, 2, 3, 4] })
})

test('a column as pandas writes it is a curve', () => {
  const { exits } = parseHistory('{"loss": {"0": 2, "1": 1}}', 'x')
  assert.deepEqual(exits[0]?.training.loss, [2, 1])
})

for (const [what, text] of [
  ['an empty file', ''],
  ['text', 'epoch 1: loss 2'],
  ['a list', '[1, 2]'],
  ['null', 'null'],
  ['a number', '7'],
  ['an empty object', '{}'],
  ['other keys', '{"weights": [1], "name_of": [2]}'],
  ['text in a list', '{"loss": ["1"]}'],
  ['a number for a list', '{"loss": 1}'],
  ['lists of different lengths', '{"loss": [1, 2], "val_loss": [1]}'],
  ['no epochs', '{"loss": []}'],
  ['a manifest', '{"format": "ddnn", "loss": {"a": 1}}'],
] as const) {
  test(`${what} in place of a history is refused by name`, () => {
    assert.throws(
      () => parseHistory(text, 'some.history'),
      (error) =>
        error instanceof DdnnError &&
        error.code === 'DDNN_INPUT_UNREADABLE' &&
        error.message.includes("'some.history'"),
    )
  })
}

test('a run of one history gives a figure of both metrics and one of each', () => {
  const figures = standardFigures([runOf('a', historyOf(['edge', 'fog']), 2)])
  assert.deepEqual(
    figures.map(({ name, charts }) => [name, charts.length]),
    [
      ['curves', 2],
      ['accuracy', 1],
      ['loss', 1],
    ],
  )
  const [accuracy] = figures[1]?.charts ?? []
  assert.deepEqual(accuracy?.series[1], {
    name: 'edge validation',
    points: [
      [1, 50],
      [2, 60],
    ],
    isDashed: false,
    colourGroup: 'edge',
  })
  assert.deepEqual(accuracy?.verticals, [{ x: 2, label: 'kept: epoch 2' }])
})

test('a file without accuracies gives loss alone', () => {
  const figures = standardFigures([runOf('a', { loss: [1, 2] })])
  assert.deepEqual(
    figures.map(({ name }) => name),
    ['loss'],
  )
})

test('several runs are compared exit by exit, in panels of one range', () => {
  const runs = [runOf('a', historyOf(['edge', 'fog'])), runOf('b', historyOf(['edge'], 0.25))]
  const [accuracy] = standardFigures(runs)
  assert.deepEqual(
    accuracy?.charts.map(({ title, series }) => [title, series.length]),
    [
      ['Accuracy of edge', 4],
      ['Accuracy of fog', 2],
    ],
  )
  assert.deepEqual(
    accuracy.charts.map(({ yRange }) => yRange),
    [
      [50, 85],
      [50, 85],
    ],
  )
})

test('the charts of one exit hold it alone, in the colour that it has among all', () => {
  const run = runOf('a', historyOf(['edge', 'fog']))
  const [accuracy, loss] = exitCharts(run, run.history.exits[1] as Run['history']['exits'][number])
  assert.deepEqual([...new Set(accuracy?.series.map(({ colourGroup }) => colourGroup))], ['fog'])
  assert.deepEqual(accuracy?.colourGroups, ['edge', 'fog'])
  assert.equal(loss?.series.length, 2)
})

test('best values skip gaps, and the first of equals is named', () => {
  assert.deepEqual(bestOf([0.1, null, 0.9, 0.9], 'most'), { value: 0.9, epoch: 3 })
  assert.deepEqual(bestOf([2, 1, 1], 'least'), { value: 1, epoch: 2 })
  assert.equal(bestOf([null, Number.NaN], 'most'), undefined)
})

test('the table has a row an exit and share, with best and last', () => {
  const { header, rows } = bestTable([
    runOf('a', { accuracy: [0.9, 0.8], loss: [1, 2], val_loss: [3, null] }),
  ])
  assert.equal(header[0], 'Exit')
  assert.deepEqual(rows, [
    ['model', 'validation', '-', '-', '-', '3.000', '1', '-'],
    ['model', 'training', '90.0 %', '1', '80.0 %', '1.000', '1', '2.000'],
  ])
  const two = bestTable([runOf('a', historyOf(['x'])), runOf('b', historyOf(['x']))])
  assert.equal(two.header[0], 'Run')
  assert.deepEqual([...new Set(two.rows.map(([run]) => run))], ['a', 'b'])
})

test('runs are named by as much of their path as tells them apart', () => {
  assert.deepEqual(namesOf(['/r/a/model.history']), ['a'])
  assert.deepEqual(namesOf(['/r/a/m/model.history', '/r/b/m/model.history']), ['a/m', 'b/m'])
  assert.deepEqual(namesOf(['/r/FULL_MODEL.history', '/r/keras.json']), ['FULL_MODEL', 'keras'])
  assert.deepEqual(namesOf(['/r/a.json', '/r/a.json']), ['a (1)', 'a (2)'])
})

test('run.json adds facts; one of another form adds none', () => {
  const { facts, bestEpoch } = readRecordedRun({
    command: ['train', '-i', 'my photos'],
    seed: 0,
    bestEpoch: 3,
    epochSeconds: [60, 65],
    classCounts: { training: [600, 500], validation: [10] },
    machine: 'other',
  })
  assert.equal(bestEpoch, 3)
  assert.deepEqual(Object.fromEntries(facts), {
    Command: "ddnn train -i 'my photos'",
    Seed: '0',
    'Training images': '1,100',
    'Validation images': '10',
    'Epoch kept': '3',
    'Time of training': '2 min 5 s',
  })
  assert.deepEqual(readRecordedRun([1]).facts, [])
  assert.deepEqual(readRecordedRun(null).facts, [])
})

test('a folder of one other history is read; of several, or none, refused', async () => {
  const one = join(folder, 'one')
  mkdirSync(one)
  writeFileSync(join(one, 'FULL_MODEL.history'), JSON.stringify(historyOf(['a'])))
  writeFileSync(join(one, 'run.json'), '{ half')
  const [run] = await readRuns([one])
  assert.equal(run?.name, 'FULL_MODEL')
  assert.equal(run.record, undefined)
  writeFileSync(join(one, 'EDGE.history'), '{}')
  for (const path of [one, folder, join(folder, 'missing')]) {
    await assert.rejects(
      readRuns([path]),
      (error) => error instanceof DdnnError && error.code === 'DDNN_INPUT_MISSING',
    )
  }
})

const moduleOf = (name: string, text: string) => {
  const file = join(folder, `${name}.mjs`)
  writeFileSync(file, text)
  return file
}

const runs = [runOf('a', historyOf(['edge', 'fog']))]
const fakePng = () => Promise.resolve(Buffer.from('png'))

async function writeBy(path: string, signal = new AbortController().signal) {
  const output = join(folder, `out-of-${basename(path)}`)
  const module = await loadPlotModule(path)
  const options = {
    output,
    formats: ['svg', 'png', 'html'],
    module,
    rasterize: fakePng,
    signal,
  } as const
  return { output, written: await writeResults(runs, options) }
}

test('the example of the docs draws its figures and writes its own file', async () => {
  const { output } = await writeBy(repoPath('docs', 'examples', 'plot-overfitting.js'))
  assert.deepEqual(readdirSync(output).toSorted(), [
    ...['index.html', 'last-gaps.png', 'last-gaps.svg', 'overfitting.csv', 'overfitting.png'],
    'overfitting.svg',
  ])
  assert.match(
    readFileSync(join(output, 'overfitting.csv'), 'utf8'),
    /^exit;points\na edge;0\.00\n/,
  )
  const page = readFileSync(join(output, 'index.html'), 'utf8')
  assert.match(page, /<h2>Overfitting<\/h2>/)
  assert.match(page, /data:image\/svg\+xml;base64/)
})

test('a module that gives nothing wrote what it wanted', async () => {
  const { output, written } = await writeBy(
    moduleOf(
      'own',
      "import { writeFileSync } from 'node:fs'\nexport function createFigures({ output }) { writeFileSync(output + '/mine.txt', 'x') }",
    ),
  )
  assert.deepEqual(written, [])
  assert.deepEqual(readdirSync(output), ['mine.txt'])
})

for (const [what, text, code] of [
  ['another export', 'export const plot = 1', 'DDNN_MODULE_INVALID'],
  ['text that does not parse', 'export const = 1', 'DDNN_MODULE_INVALID'],
  [
    'an error',
    "export const createFigures = () => { throw Error('no ink') }",
    'DDNN_OUTPUT_FAILED',
  ],
  ['no list', 'export const createFigures = () => ({})', 'DDNN_MODULE_INVALID'],
  [
    'a name that is a path',
    "export const createFigures = () => [{ name: '../x', svg: '<svg/>' }]",
    'DDNN_MODULE_INVALID',
  ],
  [
    'two figures of a name',
    "export const createFigures = () => ['a', 'A'].map((name) => ({ name, svg: '<svg/>' }))",
    'DDNN_MODULE_INVALID',
  ],
  [
    'an unknown chart',
    "export const createFigures = () => [{ name: 'a', charts: [{ kind: 'pie' }] }]",
    'DDNN_MODULE_INVALID',
  ],
  [
    'a chart without its fields',
    "export const createFigures = () => [{ name: 'a', charts: [{ kind: 'bars' }] }]",
    'DDNN_MODULE_INVALID',
  ],
  [
    'text that is no SVG',
    "export const createFigures = () => [{ name: 'a', svg: 'hello' }]",
    'DDNN_MODULE_INVALID',
  ],
] as const) {
  test(`a module with ${what} is ${code}, and writes nothing`, async () => {
    const file = moduleOf(what.replaceAll(' ', '-'), text)
    await assert.rejects(writeBy(file), (error) => {
      assert.ok(error instanceof DdnnError, String(error))
      assert.equal(error.code, code, error.message)
      assert.ok(error.message.includes(file), error.message)
      return true
    })
    const output = join(folder, `out-of-${basename(file)}`)
    assert.ok(!existsSync(output) || readdirSync(output).length === 0)
  })
}

test('a signal while a module works, or before the first file, leaves nothing', async () => {
  const stop = new AbortController()
  const text =
    'export const createFigures = () => { process.emit("hangs"); return new Promise(() => {}) }'
  const forEver = moduleOf('for-ever', text)
  process.once('hangs', () => setImmediate(() => stop.abort()))
  assert.deepEqual((await writeBy(forEver, stop.signal)).written, [])
  assert.deepEqual((await writeBy(forEver, stop.signal)).written, [], 'aborted before it began')
  const output = join(folder, 'stopped')
  const options = { output, formats: ['svg'], rasterize: fakePng, signal: stop.signal } as const
  assert.deepEqual(await writeResults(runs, options), [])
  assert.ok(!existsSync(output) || readdirSync(output).length === 0)
})

test('own files are replaced, those of others are not, and twice gives the same bytes', async () => {
  const output = join(folder, 'again')
  mkdirSync(output)
  writeFileSync(join(output, 'notes.txt'), 'mine')
  writeFileSync(join(output, 'loss.svg'), 'old')
  const signal = new AbortController().signal
  const options = { output, formats: ['svg', 'html'], rasterize: fakePng, signal } as const
  const write = () => writeResults(runs, options)
  const bytes = () =>
    ['loss.svg', 'index.html'].map((name) => readFileSync(join(output, name), 'utf8'))
  await assert.rejects(write(), { code: 'DDNN_CONFIG_INVALID', message: /no loss\.svg in/ })
  assert.deepEqual(readdirSync(output).toSorted(), ['loss.svg', 'notes.txt'])
  await writeResults(runs, { ...options, isForced: true })
  const first = bytes()
  await write()
  assert.deepEqual(bytes(), first)
  assert.match(first[0] ?? '', /^<svg/)
  assert.equal(readFileSync(join(output, 'notes.txt'), 'utf8'), 'mine')
  assert.ok(!readdirSync(output).some((name) => name.endsWith('.part')))
})

test('an output that cannot be a folder is DDNN_OUTPUT_FAILED', async () => {
  writeFileSync(join(folder, 'file'), '')
  const signal = new AbortController().signal
  await assert.rejects(
    writeResults(runs, {
      output: join(folder, 'file', 'x'),
      formats: ['svg'],
      rasterize: fakePng,
      signal,
    }),
    (error) => error instanceof DdnnError && error.code === 'DDNN_OUTPUT_FAILED',
  )
})
