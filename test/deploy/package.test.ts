// The released package: what its tarball holds, and that it runs from node_modules of an empty folder with nothing but
// the packages that it declares, without a native engine and with one. `npm run test:package` installs it from the
// registry, and runs it on every Node.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import type { BenchResult } from '../../src/lab/bench/result.ts'
import { tempFolder } from '../helpers/cli.ts'
import { demoEngines } from '../helpers/demo-engines.ts'
import { npxDdnn, packPackage, type Packed } from '../helpers/packed.ts'
import { repoPath } from '../helpers/paths.ts'

const run = promisify(execFile)

interface Manifest {
  readonly version: string
  readonly bin: Readonly<Record<string, string>>
  readonly scripts: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly optionalDependencies: Readonly<Record<string, string>>
}
const manifest = JSON.parse(readFileSync(repoPath('package.json'), 'utf8')) as Manifest

let packed: Packed
let paths: ReadonlySet<string>
/** An empty folder with the package among its node_modules. */
let project: string

before(async () => {
  packed = await packPackage()
  paths = new Set(packed.files.map(({ path }) => path))
  project = await installedProject()
})
after(() => {
  for (const folder of [project, dirname(packed.tarball)]) rmSync(folder, { recursive: true })
})

/** As npm lays it out, but with links to this checkout's copies of the dependencies; optional ones are missing. */
async function installedProject(): Promise<string> {
  const folder = tempFolder()
  const modules = join(folder, 'node_modules')
  const own = join(modules, 'ddnn')
  mkdirSync(join(modules, '.bin'), { recursive: true })
  mkdirSync(own)
  await run('tar', ['-xzf', packed.tarball, '-C', own, '--strip-components=1'])
  for (const name of Object.keys(manifest.dependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(repoPath('node_modules', name), join(modules, name))
  }
  symlinkSync(join('..', 'ddnn', manifest.bin['ddnn'] ?? ''), join(modules, '.bin', 'ddnn'))
  writeFileSync(join(folder, 'package.json'), '{"private": true}')
  return folder
}

const filesBelow = (folder: string, ending: string) =>
  readdirSync(repoPath(folder), { recursive: true })
    .map((file) => posix.join(folder, file.toString().replaceAll('\\', '/')))
    .filter((file) => file.endsWith(ending))

test('it holds the program, models, labels, samples, recipes, docs and the runs they name, and nothing else', () => {
  const program = filesBelow('src', '.ts')
    // The browser's side is bundled.
    .filter((file) => !file.endsWith('.d.ts') && !file.startsWith('src/page/'))
    .map((file) => file.replace(/^src/, 'dist').replace(/\.ts$/, '.js'))
  const wanted = new Set([
    ...program,
    ...['index.html', 'page.js', 'page.css', 'licences.txt'].map((name) => `dist/page/${name}`),
    ...[
      'data/grpc/health.proto',
      'monitoring/alerts.yaml',
      'monitoring/dashboard.json',
      'data/grpc/open-inference.proto',
      'data/labels.txt',
      'data/links.yaml',
      'scripts/maven-jars.py',
      'scripts/kafka-jars.json',
      'scripts/kafka-java.json',
      'LICENSE',
      'README.md',
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'package.json',
    ],
    ...[
      ...['install-tensorflow', 'own-libraries', 'python-env', 'cache'],
      // The broker of `ddnn up` and of `ddnn bench --over kafka`.
      ...['install-kafka', 'kafka-broker', 'node-kafka'],
      // What an install that only serves may do without.
      'image/prune',
    ].map((name) => `scripts/${name}.mjs`),
  ])
  for (const path of wanted) assert.ok(paths.has(path), `${path} is missing`)
  // What an earlier build left in dist/ here is gone from a release: prepack begins with an empty folder.
  assert.match(manifest.scripts['prepack'] ?? '', /^node scripts\/clean\.mjs && npm run build$/)
  const others =
    /^(dist\/.*\.js$|saved_models\/|data\/sample\/\w+\/[^/]+\.jpg$|docs\/|recipes\/|bench\/runs\/[^/]+\/[^/]+\.(md|svg|txt)$)/
  const unwanted = [...paths].filter((path) => !wanted.has(path) && !others.test(path))
  assert.deepEqual(unwanted, [])
  for (const ending of ['.map', '.ts']) {
    const found = [...paths].filter((path) => path.endsWith(ending) && !path.endsWith('.d.ts'))
    assert.deepEqual(found, [])
  }
})

test('every shipped model is whole, every sample and recipe is there', () => {
  const models = filesBelow('saved_models', 'model.json')
  assert.ok(models.length >= 6, models.join())
  for (const model of models) {
    assert.ok(paths.has(model), model)
    const { weightsManifest } = JSON.parse(readFileSync(repoPath(model), 'utf8')) as {
      weightsManifest: readonly { paths: readonly string[] }[]
    }
    for (const weights of weightsManifest.flatMap((group) => group.paths)) {
      assert.ok(paths.has(posix.join(posix.dirname(model), weights)), `${weights} of ${model}`)
    }
  }
  for (const file of [
    ...filesBelow('saved_models', 'ddnn.json'),
    ...filesBelow('data/sample', '.jpg'),
    ...filesBelow('recipes', '.yaml'),
  ]) {
    assert.ok(paths.has(file), file)
  }
})

test('what its scripts import is in it, and installing it runs none of them', () => {
  for (const script of [...paths].filter((path) => path.startsWith('scripts/'))) {
    const source = readFileSync(repoPath(script), 'utf8')
    for (const [, file = ''] of source.matchAll(/from '(\.[^']+)'/g)) {
      assert.ok(paths.has(posix.join('scripts', file)), `${script} imports ${file}`)
    }
  }
  for (const hook of ['preinstall', 'install', 'postinstall', 'prepare']) {
    assert.equal(manifest.scripts[hook], undefined, hook)
  }
})

test('it stays small enough to be fetched by npx: most of it is weights', () => {
  assert.ok(packed.size < 24e6, `${packed.size} bytes packed`)
  const weights = packed.files
    .filter(({ path }) => path.startsWith('saved_models/'))
    .reduce((sum, { size }) => sum + size, 0)
  assert.ok(packed.unpackedSize - weights < 5e6, `${packed.unpackedSize - weights} beside weights`)
})

test('the command is a program: its first line names node, its mode is executable', () => {
  const main = packed.files.find(({ path }) => path === manifest.bin['ddnn'])
  assert.equal((main?.mode ?? 0) & 0o111, 0o111)
  const [first] = readFileSync(repoPath('dist', 'main.js'), 'utf8').split('\n')
  assert.equal(first, '#!/usr/bin/env node')
})

test('npx ddnn --help and --version answer in an empty folder', async () => {
  const help = await npxDdnn(project, ['--help'])
  assert.equal(help.code, 0, help.stderr)
  assert.match(help.stdout, /--models/)
  assert.match(help.stdout, /^ {2}demo /m)
  const version = await npxDdnn(project, ['--version'])
  assert.match(version.stdout, new RegExp(manifest.version.replaceAll('.', '\\.')))
})

test('with no native engine npx ddnn classify says what is on a photo, by the models that came with it', async () => {
  const photo = repoPath('data', 'sample', 'sunflowers', '0001.jpg')
  const { code, stdout, stderr } = await npxDdnn(project, ['classify', photo, '--json'])
  assert.equal(code, 0, stderr)
  const { file, label, tier } = JSON.parse(stdout) as Record<string, unknown>
  assert.deepEqual([file, label, tier], [photo, 'sunflowers', 'edge'])
})

test('with no native engine npx ddnn bench measures ddnn alone, and says why there are no floors', async () => {
  const few = ['--samples', '4', '--limit', '4', '--rounds', '1', '--scenario', 'single-stream']
  const { code, stdout, stderr } = await npxDdnn(project, ['bench', ...few, '--json'])
  assert.equal(code, 0, stderr)
  const { contestants, setup } = JSON.parse(stdout) as BenchResult
  assert.deepEqual(
    contestants.map(({ name }) => name),
    ['ddnn'],
  )
  assert.match(setup.notes.join(), /^no floors, which stand on onnxruntime-node: [^\n]*$/)
})

// With each native engine, from here and from the package as npm installs it: test/package/engines.test.ts.
test('with no native engine npx ddnn demo runs the continuum on wasm', async () => {
  const flags = ['-o', 'results.csv', '--log-level', 'info', '--log-format', 'json']
  const ended = await npxDdnn(project, ['demo', ...flags])
  const engines = demoEngines({ ...ended, csv: join(project, 'results.csv') })
  assert.deepEqual(engines, ['wasm'])
})

test('--engine tensorflow without tfjs-node says how to get it, by a script that is there', async () => {
  const models = join(project, 'node_modules', 'ddnn', 'saved_models', 'model')
  const sample = join(project, 'node_modules', 'ddnn', 'data')
  const ended = await npxDdnn(project, [
    ...['-i', join(sample, 'sample'), '-l', join(sample, 'labels.txt'), '--name', 'laptop'],
    ...['--models', models, '--engine', 'tensorflow'],
  ])
  assert.equal(ended.code, 2)
  assert.match(ended.stderr, /DDNN_ENGINE_UNAVAILABLE/)
  assert.match(ended.stderr, /Install it with `node /)
  const [, script = ''] = /`node ([^`]*install-tensorflow\.mjs)`/.exec(ended.stderr) ?? []
  assert.ok(existsSync(script), ended.stderr)
  assert.ok(script.includes(join('node_modules', 'ddnn', 'scripts')), script)
})

test('a package whose native part npm left out is named, and nothing else is said', async () => {
  // As --omit=optional leaves it: the package without the ones that hold its binaries.
  const path = join(project, 'node_modules', '@node-rs', 'crc32')
  rmSync(path)
  cpSync(repoPath('node_modules', '@node-rs', 'crc32'), path, { recursive: true })
  const { code, stderr } = await npxDdnn(project, ['demo'])
  rmSync(path, { recursive: true })
  symlinkSync(repoPath('node_modules', '@node-rs', 'crc32'), path)
  assert.equal(code, 2, stderr)
  assert.match(stderr, /^ddnn: [^\n]*'@node-rs\/crc32'[^\n]*\[DDNN_INSTALL_INCOMPLETE\]\n[^\n]+\n$/)
})

test('its modules are no interface but for the types that docs/modules.md names', async () => {
  writeFileSync(
    join(project, 'network.ts'),
    `import type { CreateNetwork } from 'ddnn/model-module'
     export const createNetwork: CreateNetwork = (tf, { classes }) => {
       const layer = tf.layers.dense({ units: classes, name: 'exit' })
       const apply = (input: Parameters<typeof layer.apply>[0]) => ({ features: null, exits: [layer.apply(input)] })
       return { parts: [{ name: 'all', apply }] as never, recipe: {} }
     }
     // @ts-expect-error there is no such option
     export const wrong: CreateNetwork = (tf, { colour }) => ({ parts: [], recipe: {} })`,
  )
  const tsc = repoPath('node_modules', 'typescript', 'bin', 'tsc')
  const compilerOptions = { module: 'nodenext', strict: true, skipLibCheck: true, types: [] }
  const config = { compilerOptions: { ...compilerOptions, noEmit: true }, files: ['network.ts'] }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config))
  const checked = await run(process.execPath, [tsc], {
    cwd: project,
  }).catch((error: { stdout: string }) => error)
  assert.equal(checked.stdout, '')
  const inner = `import('ddnn/dist/main.js').catch((error) => console.log(error.code))`
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', inner], {
    cwd: project,
  })
  assert.equal(stdout.trim(), 'ERR_PACKAGE_PATH_NOT_EXPORTED')
})
