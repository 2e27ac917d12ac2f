// The package as a user gets it: built and packed from a clean copy of the sources, installed from the registry into an
// empty folder, started by npx; first without a native engine, then with tfjs-node, made by what the error says.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { readCsv, tempFolder } from '../helpers/cli.ts'
import { npmPack, npxDdnn, type Packed } from '../helpers/packed.ts'
import { repoPath } from '../helpers/paths.ts'

const run = promisify(execFile)

let packed: Packed
let project: string

before(
  async () => {
    packed = await packCopy()
    project = tempFolder()
    writeFileSync(join(project, 'package.json'), '{"private": true}')
    const flags = ['--prefer-offline', '--no-audit', '--no-fund']
    await run('npm', ['install', ...flags, packed.tarball], { cwd: project, timeout: 600_000 })
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

/** The tarball that a release makes: from a copy, whose dist/ `prepack` makes anew. */
async function packCopy(): Promise<Packed> {
  const copy = tempFolder()
  const own = ['src', 'scripts', 'docs', 'recipes', 'saved_models', 'data/sample']
  const files = ['package.json', 'tsconfig.json', 'README.md', 'CHANGELOG.md', 'LICENSE']
  for (const path of [...own, ...files, 'data/labels.txt']) {
    cpSync(repoPath(path), join(copy, path), { recursive: true })
  }
  symlinkSync(repoPath('node_modules'), join(copy, 'node_modules'))
  const stale = join(copy, 'dist', 'left-behind.js')
  cpSync(repoPath('scripts', 'clean.mjs'), stale)
  const made = await npmPack(copy, ['--ignore-scripts=false'])
  assert.ok(!existsSync(stale))
  rmSync(copy, { recursive: true })
  return made
}

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

test('npx ddnn --help, --version and demo work without a native engine', async () => {
  for (const flag of ['--help', '--version']) {
    const { code, stderr } = await npxDdnn(project, [flag])
    assert.equal(code, 0, stderr)
  }
  const demo = await npxDdnn(project, ['demo', '-o', 'results.csv', '--log-level', 'info'])
  assert.equal(demo.code, 0, demo.stderr)
  assert.match(demo.stderr, /engine wasm/)
  assert.equal(readCsv(join(project, 'results.csv')).length, 60)
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
