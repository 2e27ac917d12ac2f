// What users type wrong, each a row: the exit code, the error's code, and words of the message and of the hint. All in
// one process, through the function that main.ts calls.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { execute, type Outside } from '../../src/cli/execute.ts'
import { repoPath } from '../helpers/paths.ts'

const folder = mkdtempSync(join(tmpdir(), 'ddnn-wrong-'))
const path = (...parts: readonly string[]) => join(folder, ...parts)
const file = (name: string, text: string | Buffer) => {
  writeFileSync(path(name), text)
  return path(name)
}
const models = repoPath('saved_models', 'edge')
const photos = repoPath('data', 'sample')

mkdirSync(path('empty'))
const notImage = file('notes.txt', 'not an image')
const taken = createServer().listen(0, '127.0.0.1')
await new Promise((listening) => taken.once('listening', listening))
const { port } = taken.address() as AddressInfo
after(() => taken.close())

interface Wrong {
  readonly argv: readonly string[] | string
  readonly env?: Readonly<Record<string, string>>
  /** 2 where left out. */
  readonly exit?: number
  /** DDNN_CONFIG_INVALID where left out. */
  readonly code?: string
  readonly says: RegExp
  readonly hint?: RegExp
}

const tier = '--name x --models m --consumer-back-topic a --producer-back-topic b'

const rows: readonly Wrong[] = [
  // Commands.
  {
    argv: 'trian photos',
    says: /Unknown command 'trian', did you mean train\?/,
    hint: /ddnn train photos/,
  },
  { argv: 'Demo', says: /did you mean demo\?/, hint: /ddnn demo/ },
  { argv: 'frobnicate', says: /Unknown command 'frobnicate'/, hint: /ddnn help/ },
  {
    argv: [notImage],
    says: /Expected a command, got '.*notes\.txt'/,
    hint: /ddnn classify .*notes\.txt/,
  },
  { argv: [path('empty')], says: /Expected a command/, hint: /ddnn classify .*empty/ },
  { argv: 'https://example.org/a.jpg', says: /Expected a command/, hint: /ddnn classify https/ },
  { argv: 'gone.jpg', says: /Unknown command 'gone\.jpg'/, hint: /ddnn classify gone\.jpg/ },
  { argv: 'demo --epochs 3', says: /Unknown flag --epochs, which train has/ },
  { argv: 'help trian', says: /Unknown command 'trian', did you mean train/ },
  {
    argv: 'helpp',
    says: /Unknown command 'helpp', did you mean help\?/,
    hint: /Run 'ddnn help'\n/,
  },
  { argv: '--demo', says: /Unknown flag --demo; 'demo' is a command, written without dashes/ },
  { argv: '--hepl', says: /Unknown flag --hepl, did you mean --help\?/ },
  {
    argv: '--name x train',
    says: /Unexpected argument 'train': a command is the first word, as in ddnn train/,
  },
  // Flags that are none.
  {
    argv: 'train photos --epoch 3',
    says: /Unknown flag --epoch, did you mean --epochs\?/,
    hint: /ddnn train --help/,
  },
  { argv: 'demo —limit 3', says: /Expected --limit, got '—limit': its dash is no hyphen/ },
  { argv: 'demo –limit=3', says: /Expected --limit=3, got '–limit=3'/ },
  { argv: 'demo −t 0.5', says: /Expected -t, got '−t'/ },
  { argv: 'demo -limit 3', says: /Expected --limit, got '-limit': a long name has two hyphens/ },
  { argv: 'demo photos', says: /Unexpected argument 'photos'/ },
  { argv: 'demo -- --limit 3', says: /Unexpected argument '--limit'/ },
  { argv: 'demo -q', says: /Unknown flag -q/ },
  { argv: 'train photos --EPOCHS 3', says: /Unknown flag --EPOCHS, did you mean --epochs\?/ },
  {
    argv: 'demo --models m',
    says: /Unknown flag --models, which run, classify, evaluate, .* have/,
  },
  { argv: 'demo --kafka --brokers h:1', says: /Unknown flag --brokers, which .* have/ },
  {
    argv: ['evaluate', '--models', models, '--json', photos],
    says: /Unexpected argument '.*sample': a folder of images is named with --input/,
  },
  { argv: 'init a.yaml --file b.yaml', says: /Unexpected argument 'a\.yaml': FILE was given/ },
  { argv: 'results --inputs r', says: /--inputs, which bench has; did you mean --history\?/ },
  // Values.
  { argv: 'demo --engine ONNX', says: /got 'ONNX', did you mean onnx\?/ },
  { argv: 'demo --timeout-ms 10s', says: /got '10s'; write 10000 \[/ },
  { argv: 'demo --timeout-ms 1.5min', says: /; write 90000/ },
  { argv: 'demo --limit 1_000', says: /; write 1000/ },
  { argv: 'demo --limit 1,000', says: /; write 1000/ },
  { argv: 'demo --limit 10k', says: /; write 10000/ },
  { argv: 'train photos --max-minutes 2h', says: /; write 120/ },
  { argv: `${tier} --http-max-body-bytes 32MiB`, says: /; write 33554432/ },
  { argv: 'demo --limit 1e999', says: /got '1e999'/ },
  {
    argv: ['demo', '--threshold=0,8'],
    says: /Expected --threshold to be a number, always or never, got '0,8'; write 0\.8/,
  },
  { argv: 'demo --threshold 80%', says: /got '80%'; write 0\.8 for 80 %/ },
  { argv: 'demo --threshold nevre', says: /got 'nevre', did you mean never\?/ },
  {
    argv: 'train photos --epochs ten',
    says: /Expected --epochs to be a whole number not below 1, got 'ten'/,
  },
  {
    argv: 'train photos -e5.5',
    says: /Expected --epochs to be a whole number not below 1, got '5\.5'/,
  },
  {
    argv: 'train photos --no-epochs',
    says: /Expected --epochs with a value \(N\), got --no-epochs/,
  },
  {
    argv: 'train photos --epochs',
    says: /Expected --epochs to be a whole number not below 1, got none/,
  },
  {
    argv: 'train photos --network restnet',
    says: /Expected --network to be one of compact.*got 'restnet'/,
  },
  { argv: 'demo --engine onxx', says: /got 'onxx', did you mean onnx\?/ },
  {
    argv: 'demo --output --html a.html',
    says: /Expected --output to have a value \(FILE\), got none before '--html'/,
  },
  {
    argv: 'evaluate --models -i photos',
    says: /Expected --models to be one or more values.*got none before '-i'/,
  },
  {
    argv: 'demo --kafka=maybe',
    says: /Expected --kafka to be true or false, got 'maybe'/,
  },
  { argv: 'demo --max-in-flight 0', says: /from 1 to 65536, got '0'/ },
  { argv: 'replay topic', says: /Expected TOPIC_dlq|topic of dead letters/ },
  { argv: 'replay a_dlq --since yesterday', says: /a time ago .* got 'yesterday'/ },
  { argv: 'replay a_dlq --offset a..b', says: /offsets FROM\.\.TO/ },
  {
    argv: 'calibrate -i p --models m --exit-rate 60',
    says: /--exit-rate to be shares from 0 to 1/,
  },
  { argv: ['plan', '-i', 'p', '--models', 'm', '--latency-goal', 'fast'], says: /--latency-goal/ },
  { argv: 'bench --scenario quick', says: /Expected --scenario to be some of single-stream/ },
  { argv: 'bench --in-flight many', says: /--in-flight to be whole numbers/ },
  { argv: 'manifests --image latest', says: /--image to be an image with a tag/ },
  { argv: 'manifests --namespace A_B', says: /--namespace to be lower case/ },
  {
    argv: 'results r --formats gif',
    says: /Expected --formats to be of svg, png, html, got 'gif'/,
  },
  { argv: 'download flowers --sha256 abc', says: /64 hexadecimal digits/ },
  { argv: 'classify --url ftp://a b.jpg', says: /http:\/\/host:port/ },
  { argv: 'classify --url localhost:8080 b.jpg', says: /; write http:\/\/localhost:8080/ },
  { argv: 'classify --url http://::1:8080 b.jpg', says: /IPv6 address in brackets.*\[::1\]:8080/ },
  // What is missing.
  { argv: '', says: /ddnn demo/, code: '' },
  { argv: '--models m', says: /Expected --name to be given/ },
  { argv: 'train', says: /PHOTOS/ },
  { argv: 'classify', says: /Expected SOURCE/ },
  { argv: 'evaluate', says: /--models to be given/ },
  { argv: 'run', says: /to be given.*\n.*Expected --input \(a device\), .* got none of them/ },
  { argv: 'export --models m', says: /Expected --output to be given/ },
  { argv: 'download', says: /Expected DATA-SET to be given: what to fetch/ },
  { argv: 'download mnist', says: /Expected DATA-SET to be one of cifar10, flowers, got 'mnist'/ },
  { argv: 'health', says: /Expected --http-port to be given/ },
  { argv: 'results', says: /Expected PATH to be given/ },
  { argv: 'report', says: /Expected RUN\.csv to be given: CSVs that runs wrote/ },
  { argv: 'replay', says: /Expected TOPIC_dlq to be given/ },
  { argv: '--name x -i photos', says: /Expected --models, or a front link/ },
  // Contradictions.
  { argv: `${tier} --input photos`, says: /no back link on a device/ },
  { argv: `${tier} --tensorflow --engine wasm`, says: /--tensorflow or --engine wasm, got both/ },
  { argv: 'evaluate --models m -i p --cifar10', says: /--input or --cifar10, got both/ },
  { argv: 'calibrate --models m -i p --exit-rate 0.5 --latency-ms 3', says: /one goal/ },
  { argv: 'classify a.jpg --url http://h --models m', says: /--url or --models, got both/ },
  { argv: 'bench --brokers h:1', says: /--over kafka with --brokers/ },
  {
    argv: `${tier} --http-token-file t --http-open --http-port 0`,
    says: /--http-token-file or --http-open/,
  },
  { argv: `${tier} --ssl-cert package.json`, says: /--ssl-cert and --ssl-key together/ },
  {
    argv: ['demo', '-o', path('same'), '--html', path('empty', '..', 'same')],
    says: /--output and --html to be two files, got '.*same' for both/,
  },
  // Files and folders.
  { argv: ['demo', '--config', path('none.yaml')], says: /none\.yaml' \(ENOENT\)/ },
  { argv: ['demo', '--config', path('empty')], says: /EISDIR/ },
  {
    argv: ['demo', '--config', file('list.yaml', '- a\n')],
    says: /a map of flags and values, got a list/,
  },
  { argv: ['demo', '--config', file('twice.yaml', 'limit: 1\nlimit: 2\n')], says: /unique/ },
  {
    argv: ['demo', '--config', file('odd.yaml', 'limt: 3\n')],
    says: /got 'limt', did you mean limit\?/,
  },
  {
    argv: ['demo', '--config', file('much.yaml', 'limit: much\n')],
    says: /Expected limit in '.*much\.yaml' to be a whole number/,
  },
  ...[
    ['--limit: 3', /got '--limit'; a file names it limit/],
    ['DDNN_LIMIT: 3', /got 'DDNN_LIMIT'; a file names it limit/],
    ['epochs: 3', /got 'epochs', which train has/],
    ['config: more.yaml', /got 'config', which a file cannot name/],
    ['confidence: raw\ncriterion: margin', /criterion once .*, got confidence and criterion/],
    ['limit: 1e999', /got '1e999'/],
    ['limit: .inf', /got '\.inf'/],
    ['engine: [onnx]', /engine in .* to have a value \(ENGINE\), got \["onnx"\]/],
    [
      'a: 1\nhtml: *page',
      /\* is no value at line 2; a text that begins with \*, & or ! is written/,
    ],
    ['html: &page', /& is no value at line 1/],
    ['html: !page', /! is no value at line 1/],
    ['html: !!page x', /! is no value at line 1/],
    ['html: "\\page"', /Invalid escape sequence .* at line 1/],
    ['inputs: 3', /got 'inputs', which bench has; did you mean input\?/],
    ['html: @page', /reserved character @.*; a text with such characters is written in quotes/],
    ['limit: 3\n---\nlimit: 4', /it holds several documents/],
    ['\tlimit: 3', /Tabs are not allowed/],
    [Buffer.from('html: \xfc', 'latin1'), /another encoding \(line 1\)/],
    [Buffer.from('\xfc: 1', 'latin1'), /another encoding \(line 1\)/],
    [Buffer.from('limit: [\xfc]', 'latin1'), /another encoding \(line 1\)/],
  ].map(([text, says], i) => ({
    argv: ['demo', '--config', file(`wrong-${i}.yaml`, text as string)],
    says: says as RegExp,
  })),
  {
    argv: ['classify', path('nothing.jpg')],
    code: 'DDNN_INPUT_MISSING',
    says: /nothing\.jpg|an image to classify/,
  },
  {
    argv: ['evaluate', '--models', path('nothing'), '-i', photos],
    code: 'DDNN_MODEL_MISSING',
    says: /nothing/,
  },
  {
    argv: ['evaluate', '--models', notImage, '-i', photos],
    code: 'DDNN_MODEL_',
    says: /notes\.txt/,
  },
  {
    argv: ['evaluate', '--models', models, '-i', path('nothing')],
    code: 'DDNN_INPUT_MISSING',
    says: /nothing/,
  },
  {
    argv: ['evaluate', '--models', models, '-i', path('empty')],
    code: 'DDNN_INPUT_MISSING',
    says: /empty/,
  },
  {
    argv: ['calibrate', '--models', models, '-i', photos, '--dry-run', '--log-level', 'silent'],
    says: /the whole chain with --models, got one that goes on behind 'edge'/,
    hint: /pass all its folders/,
  },
  { argv: ['results', path('nothing')], code: 'DDNN_', says: /nothing/ },
  { argv: ['report', path('nothing')], code: 'DDNN_INPUT_MISSING', says: /no file '.*nothing'/ },
  { argv: ['report', path()], code: 'DDNN_INPUT_MISSING', says: /got the folder/ },
  { argv: ['report', notImage], code: 'DDNN_CONFIG_INVALID', says: /to be the CSV of a run/ },
  {
    argv: ['export', '--models', path('nothing'), '-o', path('out')],
    code: 'DDNN_MODEL_MISSING',
    says: /nothing/,
  },
  {
    argv: ['init', path('notes.txt', 'ddnn.yaml')],
    code: 'DDNN_OUTPUT_FAILED',
    says: /ddnn\.yaml', which is below a file/,
  },
  { argv: ['init', notImage], says: /Expected no '.*notes\.txt' yet/, hint: /--force/ },
  {
    argv: ['init', path('a.yaml'), '--family', path('empty')],
    code: 'DDNN_MODEL_MISSING',
    says: /empty/,
  },
  // Deployment files.
  {
    argv: ['up', path('none.yaml')],
    says: /deployment file that can be read.*ENOENT/,
    hint: /ddnn init/,
  },
  { argv: ['up', file('tabs.yaml', 'tiers:\n\t- name: a\n')], says: /to be YAML/ },
  {
    argv: ['up', file('no.yaml', 'teirs: []\n')],
    says: /did you mean tiers|tiers/,
    hint: /docs\/up\.md/,
  },
  {
    argv: [
      'manifests',
      file(
        'flag.yaml',
        `kafka: { brokers: k:9092 }\ntiers: [{ name: a, models: ${models}, flags: { tresh: 1 } }]\n`,
      ),
    ],
    says: /tresh/,
  },
  {
    argv: [
      'up',
      file(
        'ports.yaml',
        `kafka: { brokers: k:9092 }\ntiers: [{ name: a, models: ${models}, flags: { http-port: ${port}, http-host: 127.0.0.1 } }]\n`,
      ),
    ],
    says: /http-port \d+ on '127\.0\.0\.1' to be free, got EADDRINUSE/,
  },
  { argv: ['doctor', path('none.yaml')], says: /none\.yaml/ },
  // The environment.
  { argv: 'demo', env: { DDNN_LIMIT: 'x' }, says: /Expected DDNN_LIMIT to be a whole number/ },
  {
    argv: 'evaluate',
    env: { DDNN_MODELS: '["a b"' },
    says: /Expected DDNN_MODELS to be one or more values/,
  },
  {
    argv: 'health',
    env: { DDNN_TRESHOLD: '1' },
    says: /DDNN_TRESHOLD in the environment.*did you mean DDNN_THRESHOLD/,
  },
]

const outside: Outside = {
  begin: () => ({ signal: new AbortController().signal, onHangup: () => () => undefined }),
  stopped: () => undefined,
  endAtOnce: () => undefined,
}

async function call({ argv, env = {} }: Wrong) {
  const told = { stdout: '', stderr: '' }
  const words = typeof argv === 'string' ? argv.split(' ').filter(Boolean) : argv
  const exit = await execute(
    words,
    env,
    {
      stdout: { write: (text) => (told.stdout += text) },
      stderr: { write: (text) => (told.stderr += text) },
    },
    outside,
  )
  return { exit, ...told }
}

test('there are 45 wrong usages or more, of all commands', () => {
  assert.ok(rows.length >= 45, String(rows.length))
})

for (const row of rows) {
  const line = typeof row.argv === 'string' ? row.argv : row.argv.join(' ').replaceAll(folder, '.')
  test(`'ddnn ${line}' is told what is wrong and what to do`, async () => {
    const { exit, stderr } = await call(row)
    assert.equal(exit, row.exit ?? 2, stderr)
    assert.ok(
      stderr.includes(row.code === '' ? '' : `[${row.code ?? 'DDNN_CONFIG_INVALID'}`),
      stderr,
    )
    assert.match(stderr, row.says)
    if (row.hint !== undefined) assert.match(stderr.split('\n  ').slice(1).join('\n'), row.hint)
    assert.doesNotMatch(stderr, /a fault of ddnn itself|undefined|\[object/)
  })
}

for (const argv of [['-help'], ['help', 'help'], ['demo', '--help=yes'], ['version', 'please']]) {
  test(`'ddnn ${argv.join(' ')}' is answered`, async () => {
    const { exit, stdout, stderr } = await call({ argv, says: /./ })
    assert.equal(exit, 0, stderr)
    assert.match(stdout, argv[0] === 'version' ? /^\d+\.\d+\.\d+/ : /^Usage: ddnn/m)
  })
}

test('a file that is Latin-1 in its comments alone is read; else the hint says how it is saved', async () => {
  const name = file('latin1.yaml', Buffer.from('# f\xfcr\r\nlimt: 3 # \xe4\r\n', 'latin1'))
  const { stderr } = await call({ argv: ['demo', '--config', name], says: /./ })
  assert.match(stderr, /got 'limt', did you mean limit/)
  const other = file('latin1-value.yaml', Buffer.from('html: \xfc.html', 'latin1'))
  const told = await call({ argv: ['demo', '--config', other], says: /./ })
  assert.match(told.stderr, /another encoding.*\n {2}Save it as UTF-8/)
})

for (const [text, says] of [
  ['name: "x', /to be YAML/],
  [Buffer.from('name: \xfc', 'latin1'), /another encoding/],
] as const) {
  test(`what a file holds that cannot be read is not missing: ${says.source}`, async () => {
    const name = file('broken.yaml', text)
    const { exit, stderr } = await call({ argv: ['run', '--nam', '--config', name], says: /./ })
    assert.equal(exit, 2)
    assert.match(stderr, says)
    assert.match(stderr, /Unknown flag --nam/)
    assert.doesNotMatch(stderr, /to be given|got none of them/)
  })
}

for (const argv of [
  ['train', ''],
  ['classify', ''],
  ['results', ''],
  ['report', ''],
  ['download', ''],
  ['replay', ''],
]) {
  test(`'ddnn ${argv[0]} ""' is one mistake`, async () => {
    const { exit, stderr } = await call({ argv, says: /./ })
    assert.equal(exit, 2)
    assert.equal(stderr.match(/Expected/g)?.length, 1, stderr)
  })
}

for (const [word, isJson] of [
  ['--json=1', true],
  ['--json=Yes', true],
  ['--json=true', true],
  ['--json', true],
  ['--json=0', false],
  ['--json=maybe', false],
  ['--no-json', false],
] as const) {
  test(`'ddnn frobnicate ${word}' ${isJson ? 'is' : 'is not'} told as a document`, async () => {
    const { stdout } = await call({ argv: ['frobnicate', word], says: /./ })
    assert.equal(stdout !== '', isJson)
  })
}

for (const columns of [0, undefined]) {
  test(`help on ${columns} columns is as wide as a page`, async () => {
    let text = ''
    const stdout = { columns, write: (more: string) => (text += more) }
    await execute(['help', 'report'], {}, { stdout, stderr: stdout } as never, outside)
    assert.ok(Math.max(...text.split('\n').map(({ length }) => length)) > 90)
  })
}
