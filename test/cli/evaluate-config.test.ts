// What the flags of evaluate mean together.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readEvaluateConfig } from '../../src/cli/evaluate-config.ts'
import { parseCommandLine } from '../../src/cli/parse.ts'

function read(line: string) {
  const { values, problems } = parseCommandLine(
    'evaluate',
    [...line.split(' ').filter(Boolean)],
    {},
  )
  const all = [...problems]
  const config = readEvaluateConfig(values, all)
  return { config, problems: all }
}

test('models and a folder are enough; labels, thresholds and criterion are left to the manifests', () => {
  const { config, problems } = read('--models a b -i images')
  assert.deepEqual(problems, [])
  assert.deepEqual(config.scores.models, ['a', 'b'])
  assert.deepEqual(config.scores.input, {
    kind: 'folder',
    folder: 'images',
    labelsFile: undefined,
    format: 'jpg',
    orientation: undefined,
    preprocessModule: undefined,
  })
  const { exits } = config.scores
  assert.deepEqual(exits, { confidence: undefined, threshold: undefined, position: undefined })
  assert.equal(config.output, undefined)
})

test('--cifar10 takes the path of the flag, or the usual one', () => {
  const input = (line: string) => read(`--models a ${line}`).config.scores.input
  assert.equal(input('--cifar10').folder, 'data/cifar-10-batches-bin')
  assert.equal(input('--cifar10 --cifar10-path x').folder, 'x')
  assert.equal(input('--cifar10').kind, 'cifar10')
})

test('formats are listed with spaces or commas; all of them by default', () => {
  const formats = (line: string) => read(`--models a -i b -o out ${line}`).config.formats
  assert.deepEqual(formats(''), ['csv', 'json', 'html'])
  assert.deepEqual(formats('--format csv,html'), ['csv', 'html'])
  assert.deepEqual(formats('--format json csv'), ['json', 'csv'])
})

const mistakes: readonly [what: string, line: string, message: RegExp][] = [
  ['no models', '-i images', /--models/],
  ['no images', '--models a', /--input .* or --cifar10, got neither/],
  ['two sets of images', '--models a -i images --cifar10', /--input or --cifar10, got both/],
  [
    'a path of CIFAR-10 alone',
    '--models a -i images --cifar10-path x',
    /--cifar10 with --cifar10-path/,
  ],
  ['own preprocessing of CIFAR-10', '--models a --cifar10 --preprocess x.js', /no --preprocess/],
  ['an unknown format', '--models a -i b -o c --format pdf', /csv, json, html, got 'pdf'/],
  ['a format without a folder', '--models a -i b --format csv', /--output DIR with --formats/],
  ['two engines', '--models a -i b --tensorflow --engine wasm', /--tensorflow or --engine wasm/],
]
for (const [what, line, message] of mistakes) {
  test(`${what}: one problem that says what was expected`, () => {
    const { problems } = read(line)
    assert.equal(problems.length, 1, problems.join('\n'))
    assert.match(problems[0] ?? '', message)
  })
}
