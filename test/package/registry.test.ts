// The package as a user gets it: built and packed from a clean copy of the sources, installed from the registry into an
// empty folder, started by npx; first as it is, then with tfjs-node, made by what the error says.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { readCsv } from '../helpers/cli.ts'
import { npxDdnn, type Packed } from '../helpers/packed.ts'
import { installInto, packCopy } from './setup.ts'

const run = promisify(execFile)

let packed: Packed
let project: string

before(
  async () => {
    packed = await packCopy()
    project = await installInto(packed.tarball)
    // Where its install did not fail by itself, the registry's own copy is taken away.
    rmSync(join(project, 'node_modules', '@tensorflow', 'tfjs-node'), {
      recursive: true,
      force: true,
    })
  },
  { timeout: 900_000 },
)
after(() => {
  for (const folder of [project, dirname(packed.tarball)]) rmSync(folder, { recursive: true })
})

const shipped = (...parts: readonly string[]) => join(project, 'node_modules', 'ddnn', ...parts)
const laptop = (output: string) => [
  ...['-i', shipped('data', 'sample'), '-l', shipped('data', 'labels.txt'), '--name', 'laptop'],
  ...['--models', shipped('saved_models', 'model'), '--engine', 'tensorflow', '-o', output],
]

test('a release holds what its sources make', () => {
  const paths = packed.files.map(({ path }) => path)
  assert.ok(paths.includes('dist/main.js'))
  assert.ok(paths.every((path) => !path.endsWith('.map')))
})

test('npx ddnn --help, --version and demo work as they are installed, on onnxruntime', async () => {
  for (const flag of ['--help', '--version']) {
    const { code, stderr } = await npxDdnn(project, [flag])
    assert.equal(code, 0, stderr)
  }
  const demo = await npxDdnn(project, ['demo', '-o', 'results.csv', '--log-level', 'info'])
  assert.equal(demo.code, 0, demo.stderr)
  assert.match(demo.stderr, /engine onnx: /)
  assert.equal(readCsv(join(project, 'results.csv')).length, 60)
})

test('npx ddnn classify says what is on a photo, on onnxruntime and on wasm', async () => {
  const photo = shipped('data', 'sample', 'sunflowers', '0001.jpg')
  for (const engine of ['onnx', 'wasm']) {
    const { code, stdout, stderr } = await npxDdnn(project, ['classify', photo, '--engine', engine])
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^sunflowers .* edge /)
  }
})

test('what the error says brings tfjs-node', { timeout: 1_800_000 }, async () => {
  const refused = await npxDdnn(project, laptop('laptop.csv'))
  assert.equal(refused.code, 2)
  assert.match(refused.stderr, /DDNN_ENGINE_UNAVAILABLE/)
  const [, script = ''] = /`node ([^`]*install-tensorflow\.mjs)`/.exec(refused.stderr) ?? []
  await run(process.execPath, [script], { cwd: project, timeout: 1_700_000 })
  const { code, stderr } = await npxDdnn(project, laptop('laptop.csv'))
  assert.equal(code, 0, stderr)
  assert.equal(readCsv(join(project, 'laptop.csv')).length, 60)
  assert.ok(!existsSync(shipped('node_modules')), 'it went where the project keeps its packages')
})
