// --json of every command: stdout holds its form and nothing else, where all is well and where it is not.
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { commandNames } from '../../src/cli/commands.ts'
import { execute } from '../../src/cli/execute.ts'
import type { CommandName } from '../../src/cli/flag.ts'
import { jsonSchemaFiles, renderJsonDoc } from '../../src/cli/json-doc.ts'
import { tempFolder } from '../helpers/cli.ts'
import { assertForm } from '../helpers/json-form.ts'
import { repoPath } from '../helpers/paths.ts'
import type { Ran } from './json-runner.ts'

const sample = repoPath('data', 'sample')
const photo = join(sample, 'daisy', '0000.jpg')
const shipped = ['edge', 'fog', 'cloud'].map((name) => repoPath('saved_models', name))
const models = ['--models', ...shipped]
const few = ['-i', sample, '--limit', '6']
const silent = ['--log-level', 'silent']

/** Command lines behind the command, in a folder of their own, or the test that holds its stdout against the form. */
const rows: { readonly [C in CommandName]: readonly (readonly string[])[] | string } = {
  run: [['--name', 'local', ...few, ...models, ...silent]],
  demo: [['--limit', '4', '-o', 'demo.csv', '--html', 'demo.html']],
  report: [['results.csv', 'demo.csv', '-i', sample]],
  classify: [[photo, 'nothing.jpg']],
  up: 'e2e/up.test.ts',
  init: [['own.yaml']],
  manifests: [
    ['own.yaml', '--compose'],
    ['own.yaml', '-o', 'k8s', '--brokers', 'kafka:9092'],
  ],
  train: 'e2e/train.test.ts',
  results: [[repoPath('saved_models', 'model.history'), '-o', 'curves', '--formats', 'svg']],
  evaluate: [[...few, ...models, ...silent]],
  calibrate: [['-i', sample, ...models, '--exit-rate', '0.5', '--dry-run', ...silent]],
  export: [['--models', shipped[0] ?? '', '-o', 'exported']],
  bench: 'e2e/bench.test.ts',
  plan: 'cli/plan.test.ts',
  download: 'e2e/download.test.ts',
  health: [['--http-port', '1']],
  doctor: [
    ['--name', 'x', ...few, ...models, '--no-load-models'],
    ['own.yaml', '--no-load-models'],
  ],
  replay: 'e2e/replay.test.ts',
}

/** Nothing of these can be done. */
const wrong = commandNames.map((command): readonly string[] => [command, '--no-such-flag'])

const here = Object.entries(rows).flatMap(([command, lines]) =>
  typeof lines === 'string' ? [] : lines.map((line) => [command, ...line]),
)
let ran: readonly Ran[]
before(async () => {
  const runner = fileURLToPath(new URL('json-runner.js', import.meta.url))
  const lines = [...here, ...wrong].map(([command = '', ...line]) =>
    command === 'run' ? [...line, '--json'] : [command, ...line, '--json'],
  )
  const child = fork(runner, [JSON.stringify(lines)], {
    cwd: tempFolder(),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  ran = await new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as readonly Ran[]))
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${stderr}`)))
  })
})

for (const [i, line] of here.entries()) {
  const [command = ''] = line
  const shown = line.map((word) => word.replace(repoPath(), '')).join(' ')
  test(`${shown} --json`, () => {
    const { code, stdout, stderr } = ran[i] ?? assert.fail('it was not run')
    const documents = assertForm(command as CommandName, stdout)
    const isError = documents.some((document) => 'error' in (document as object))
    // One of the two photos is not there.
    assert.equal(isError, command === 'classify', stdout + stderr)
    assert.ok(code === 0 || ['classify', 'health', 'doctor'].includes(command), stderr)
  })
}

for (const [i, [command = '']] of wrong.entries()) {
  test(`${command} --no-such-flag --json says what is wrong as a document, and as a sentence`, () => {
    const { code, stdout, stderr } = ran[here.length + i] ?? assert.fail('it was not run')
    const [document, ...others] = assertForm(command as CommandName, stdout)
    const { error } = document as { error: { code: string; message: string } }
    assert.deepEqual([code, error.code, others.length], [2, 'DDNN_CONFIG_INVALID', 0])
    assert.ok(stderr.includes(error.message.split('\n')[0] ?? ''), stderr)
  })
}

test('classify --json that is stopped before its first image says so in a line', async () => {
  let stdout = ''
  const streams = {
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: () => true },
  }
  const argv = ['classify', photo, '--url', 'http://127.0.0.1:1', '--json']
  const code = await execute(argv, {}, streams, {
    begin: () => ({ signal: AbortSignal.abort(), onHangup: () => () => undefined }),
    stopped: () => 'SIGINT',
    endAtOnce: () => undefined,
  })
  const [document, ...others] = assertForm('classify', stdout)
  const { error } = document as { error: { code: string } }
  assert.deepEqual([code, error.code, others.length], [130, 'DDNN_STOPPED', 0])
})

for (const [command, file] of Object.entries(rows)) {
  if (typeof file !== 'string') continue
  test(`test/${file} holds ${command} against its form`, () => {
    const text = readFileSync(repoPath('test', file), 'utf8')
    assert.ok(text.includes(`assertForm('${command}'`))
  })
}

test('docs/json.md and the schemas in docs/json/ are those of the table: npm run docs', () => {
  const made = jsonSchemaFiles()
  assertSame(['json.md'], renderJsonDoc())
  assert.deepEqual(readdirSync(repoPath('docs', 'json')).toSorted(), [...made.keys()].toSorted())
  for (const [name, text] of made) {
    assertSame(['json', name], text)
  }
})

/** Names the first line that differs: a whole page beside another says nothing, and takes minutes. */
function assertSame(path: readonly string[], made: string): void {
  const held = readFileSync(repoPath('docs', ...path), 'utf8').split('\n')
  const lines = made.split('\n')
  const at = lines.findIndex((line, i) => line !== held[i])
  const first = at === -1 ? Math.min(lines.length, held.length) : at
  assert.equal(held[first], lines[first], `line ${first + 1} of docs/${path.join('/')}`)
}
