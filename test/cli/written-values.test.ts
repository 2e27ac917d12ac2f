// Values as files and the environment write them, and the table's own rules: one name, one meaning.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { commandNames, commands } from '../../src/cli/commands.ts'
import { unknownVariables } from '../../src/cli/environment.ts'
import type { Flag } from '../../src/cli/flag.ts'
import { flags } from '../../src/cli/flags.ts'
import { commandHelp } from '../../src/cli/help.ts'
import { parseCommandLine } from '../../src/cli/parse.ts'
import { resolveProcess } from '../../src/cli/resolve-process.ts'
import { thresholdWords } from '../../src/domain/threshold-words.ts'
import { leastNode, nodeProblem } from '../../src/node-check.ts'
import { processesOf } from '../../src/serving/deployment/processes-of.ts'
import { parseDeployment } from '../../src/serving/deployment/read-deployment.ts'
import { repoPath } from '../helpers/paths.ts'
import { fc } from '../helpers/property.ts'

const folder = mkdtempSync(join(tmpdir(), 'ddnn-written-'))
let count = 0
const fromFile = (text: string) => {
  const file = join(folder, `${++count}.yaml`)
  writeFileSync(file, text)
  return parseCommandLine('run', ['--name', 'typed', '--config', file], {})
}

const written = [
  ...['12345678901234567890', '1.10', '0123', '0x1F', '0o17', '1e3', '1_000', '+5', '.5', '1.'],
  ...['yes', 'no', 'on', 'true', 'false', 'null', '~', 'NaN', '.inf', '2026-11-28', '12:30:45'],
]
for (const text of written) {
  test(`a flag of text takes ${text} from a file as it is written`, () => {
    const { values, problems } = fromFile(`# a comment\nsasl-password: ${text} # and one more\n`)
    assert.deepEqual(problems, [])
    assert.equal(values.string('sasl-password'), text)
  })
}

test('quoted texts are their content, in JSON too, and of an anchor its own text', () => {
  assert.equal(fromFile(`sasl-password: "a\\tb"`).values.string('sasl-password'), 'a\tb')
  assert.equal(fromFile(`sasl-password: 'it''s'`).values.string('sasl-password'), "it's")
  const json = '{"sasl-password": "0123", "group-id": 1.10, "models": ["a b", 2.50], "height": 32}'
  const { values, problems } = fromFile(json)
  assert.deepEqual(problems, [])
  assert.deepEqual(
    [values.string('sasl-password'), values.string('group-id'), values.number('height')],
    ['0123', '1.10', 32],
  )
  assert.deepEqual(values.list('models'), ['a b', '2.50'])
  const anchored = fromFile('sasl-username: &who 007\nsasl-password: *who\n').values
  assert.equal(anchored.string('sasl-password'), '007')
})

test('a file may be UTF-16 with a mark, and hold maps for anchors under keys that begin with x-', () => {
  const file = join(folder, 'utf16.yaml')
  const text = '\ufeffx-all: &all\r\n  limit: 3\r\n<<: *all\r\ngroup-id: gr\u00fcn\r\n'
  writeFileSync(file, Buffer.from(text, 'utf16le'))
  const { values, problems } = parseCommandLine('run', ['--name', 'n', '--config', file], {})
  assert.deepEqual(problems, [])
  assert.equal(values.number('limit'), 3)
  assert.equal(values.string('group-id'), 'grün')
})

test('numbers and switches of a file are read as such, and an empty value is none', () => {
  const { values, problems } = fromFile('height: 0x20\nthreshold: never\nssl: on\nresume: false\n')
  assert.deepEqual(problems, [])
  assert.deepEqual(
    [values.number('height'), values.number('threshold'), values.boolean('ssl')],
    [32, thresholdWords.never, true],
  )
  assert.match(fromFile('group-id:\n').problems.join(), /Expected group-id .* got none/)
  assert.match(
    fromFile('group-id: { a: 1 }\n').problems.join(),
    /Expected group-id .* got \{"a":1\}/,
  )
})

test('<< brings one map or several: own entries count most, then those of the first map', () => {
  const text = (merge: string) =>
    `one: &one { height: 32, width: 33 }\ntwo: &two { height: 64, group-id: 1.10 }\n<<: ${merge}\nwidth: 99\n`
  const read = (merge: string) => {
    const { values } = fromFile(text(merge))
    return [values.number('height'), values.number('width'), values.string('group-id')]
  }
  assert.deepEqual(read('*one').slice(0, 2), [32, 99])
  assert.deepEqual(read('[*one, *two]'), [32, 99, '1.10'])
  assert.deepEqual(read('[*two, *one]'), [64, 99, '1.10'])
  assert.deepEqual(read('[{ height: 7 }, *two]'), [7, 99, '1.10'])
  const mixed = fromFile('one: &one 1\n<<: [*one]\n').problems.join()
  assert.match(mixed, /<</)
  const circular = fromFile('<<: &all\n  <<: *all\n').problems.join()
  assert.match(circular, /Expected '.*' to be YAML/)
})

test('any password of a file comes out as it went in', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'binary' }), (password) => {
      const { values } = fromFile(JSON.stringify({ 'sasl-password': password }))
      assert.equal(values.string('sasl-password'), password)
    }),
  )
})

test('texts of a deployment file are as they are written', () => {
  const text =
    'kafka: { brokers: k:9092 }\ntiers: [{ name: 0123, models: 1.10, flags: { sasl-password: 12345678901234567890, sasl-username: null, sasl-mechanism: plain, threshold: 0.50, ssl: true } }]\nlinks: [{ between: [device, 0123], requests: 1.10, replies: 007 }]\n'
  const [tier] = processesOf(parseDeployment(text, 'd.yaml'))
  const { values, problems, config } = resolveProcess(tier?.argv ?? [], {})
  assert.deepEqual(problems, [])
  assert.ok(config?.role === 'tier')
  assert.deepEqual(
    [config.name, config.back.requestTopic, config.back.replyTopic, config.back.sasl?.password],
    ['0123', '1.10', '007', '12345678901234567890'],
  )
  assert.equal(config.back.sasl?.username, 'null')
  assert.deepEqual([values.number('threshold'), values.boolean('ssl')], [0.5, true])
})

const lists: readonly (readonly [text: string, items: readonly string[]])[] = [
  ['["a b","c"]', ['a b', 'c']],
  ['["a,b"]', ['a,b']],
  ['a,b', ['a', 'b']],
  ['a, b ,', ['a', 'b']],
  ['my models/a,c', ['my models/a', 'c']],
  ['a b  c', ['a', 'b', 'c']],
  ['a', ['a']],
]
for (const [text, items] of lists) {
  test(`the list ${text} of the environment is ${items.length} values`, () => {
    const { values, problems } = parseCommandLine('export', ['-o', 'x'], { DDNN_MODELS: text })
    assert.deepEqual(problems, [])
    assert.deepEqual(values.list('models'), items)
  })
}

test('variables that nobody reads are told, those of flags, of scripts and of Kubernetes are not', () => {
  const known = { DDNN_THRESHOLD: '1', DDNN_CONFIDENCE: 'raw', DDNN_CACHE: 'x', DDNN_TEST_X: '1' }
  assert.deepEqual(unknownVariables({ ...known, PATH: 'x' }), [])
  assert.match(unknownVariables({ DDNN_MODLES: 'x' }).join(), /did you mean DDNN_MODELS/)
  const links = { DDNN_EDGE_SERVICE_HOST: '1', DDNN_EDGE_PORT_80_TCP_ADDR: '1' }
  assert.equal(unknownVariables(links).length, 2)
  assert.deepEqual(unknownVariables({ ...links, KUBERNETES_SERVICE_HOST: 'k' }), [])
})

test('a name that several tables have is of one kind, and has one bare meaning in the environment', () => {
  const kinds = new Map<string, string>()
  const envs = new Map<string, string>()
  const all: readonly Flag[] = flags
  for (const { name, kind, bareEnv } of all) {
    const simple = kind === 'integer' ? 'number' : kind
    assert.equal(kinds.get(name) ?? simple, simple, name)
    kinds.set(name, simple)
    if (bareEnv !== undefined) assert.equal(envs.get(bareEnv) ?? name, name)
  }
})

test('old names are taken everywhere, for the same flag', () => {
  const file = join(folder, 'old.yaml')
  writeFileSync(file, 'confidence: margin\n')
  const typed = parseCommandLine('demo', ['--confidence', 'raw'], {})
  const env = parseCommandLine('demo', [], { DDNN_CONFIDENCE: 'entropy' })
  const config = parseCommandLine('demo', ['--config', file], {})
  assert.deepEqual(
    [typed, env, config].map(({ values }) => values.string('criterion')),
    ['raw', 'entropy', 'margin'],
  )
  assert.equal(parseCommandLine('replay', ['a_dlq', '--send'], {}).values.boolean('resend'), true)
})

for (const command of commandNames) {
  test(`the help of '${command}' has ten flags at most, and fits a narrow terminal`, () => {
    assert.ok(commands[command].first.length <= 10)
    const help = commandHelp(command, { isAll: false, width: 60 })
    for (const name of commands[command].first) assert.match(help, new RegExp(`--(no-)?${name}\\b`))
    const [before = '', after = ''] = help.split('\nFlags:\n')
    assert.match(before, /Examples:\n {2}ddnn/)
    // A name alone may be longer.
    const long = after
      .split('\n')
      .filter((line) => line.length > 60 && /\s\S+\s+\S+\s\S/.test(line))
    assert.deepEqual(long, [])
  })
}

test('an old Node is told before anything is imported, and package.json asks for the same one', () => {
  assert.equal(nodeProblem(process.versions.node), undefined)
  assert.match(nodeProblem('18.20.4') ?? '', /Expected Node 20 or later, got 18\.20\.4/)
  const { engines } = JSON.parse(readFileSync(repoPath('package.json'), 'utf8')) as {
    engines: { node: string }
  }
  assert.equal(engines.node, `>=${leastNode}`)
  const main = readFileSync(repoPath('src', 'main.ts'), 'utf8')
  assert.deepEqual(main.match(/^import .*/gm), ["import { nodeProblem } from './node-check.ts'"])
  assert.doesNotMatch(readFileSync(repoPath('src', 'node-check.ts'), 'utf8'), /^import /m)
})

test('an alias of nothing is a sentence, wherever it stands', () => {
  for (const text of ['models: [*nope]', 'group-id: *nope', 'models: { a: *nope }']) {
    assert.match(fromFile(text).problems.join(), /to be YAML or JSON: |Expected/, text)
  }
})

test('a pattern that begins with a bracket is no JSON', () => {
  const { values, problems } = parseCommandLine('classify', [], { DDNN_SOURCE: '[ab]*.jpg' })
  assert.deepEqual(problems, [])
  assert.deepEqual(values.list('source'), ['[ab]*.jpg'])
  const broken = parseCommandLine('classify', [], { DDNN_SOURCE: '["a b", c]' })
  assert.match(broken.problems.join(), /\["a b","c"\]/)
})
