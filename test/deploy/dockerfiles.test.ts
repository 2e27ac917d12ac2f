// The Dockerfiles without building them: a linter's word, that the three do not drift apart, what the build's
// context leaves out, and the scripts that they run.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { tempFolder } from '../helpers/cli.ts'
import { repoPath, repoRoot } from '../helpers/paths.ts'

const run = promisify(execFile)

const tfjsNodeFolder = join('node_modules', '@tensorflow', 'tfjs-node')
const onnxFolder = join('node_modules', 'onnxruntime-node')
const dockerfiles = ['Dockerfile-EDGE', 'Dockerfile-CLOUD', 'Dockerfile-only-cloud'] as const
const linesOf = (file: string) => readFileSync(repoPath(file), 'utf8').split('\n')

/** Lines that name what an image is for: its head, its models, its title and description. */
const isOwn = (line: string) =>
  /^# The image of |^# {3}docker build |^ARG MODELS=|image\.(title|description)=/.test(line)

describe('Dockerfiles', () => {
  test('hadolint has nothing to say', { timeout: 120_000 }, async () => {
    const script = pathToFileURL(repoPath('scripts', 'deploy-tools.mjs')).href
    const { ensureDeployTools } = (await import(script)) as {
      ensureDeployTools: () => Promise<{ hadolint: string }>
    }
    const { hadolint } = await ensureDeployTools()
    // Rejects, with what it found, where it found anything.
    await run(hadolint, ['--failure-threshold', 'style', ...dockerfiles], { cwd: repoRoot })
  })

  test('a rule is ignored only below a comment that says why', () => {
    for (const file of dockerfiles) {
      const lines = linesOf(file)
      const ignored = lines.flatMap((line, i) => (/hadolint ignore/.test(line) ? [i] : []))
      for (const i of ignored) assert.match(lines[i - 1] ?? '', /^# \S/, `${file}, line ${i + 1}`)
    }
  })

  test('the three differ in nothing but what they name', () => {
    const [edge, ...others] = dockerfiles.map((file) => ({ file, lines: linesOf(file) }))
    for (const { file, lines } of others) {
      const shared = (all: readonly string[]) => all.map((line) => (isOwn(line) ? '' : line))
      assert.deepEqual(shared(lines), shared(edge?.lines ?? []), file)
    }
    for (const file of dockerfiles) {
      const own = linesOf(file).filter(isOwn)
      assert.equal(own.length, 6, `${file}: ${own.join('\n')}`)
      const models = own.filter((line) => line.startsWith('ARG MODELS='))
      assert.equal(new Set(models).size, 1, `${file} names two lists of models`)
      assert.ok(
        own.some((line) => line.includes(`-f "${file}"`)),
        `${file} names another file`,
      )
    }
  })

  test('the version that a label bears by default is the package’s', () => {
    const { version } = JSON.parse(readFileSync(repoPath('package.json'), 'utf8')) as {
      version: string
    }
    for (const file of dockerfiles)
      assert.ok(linesOf(file).includes(`ARG VERSION=${version}`), file)
  })

  test('no package’s install script runs, in an image or in a checkout', async () => {
    const installs = dockerfiles.flatMap((file) =>
      linesOf(file).filter((line) => /npm (ci|install)/.test(line)),
    )
    assert.equal(installs.length, 6)
    for (const line of installs) assert.match(line, /--ignore-scripts/)
    const clean = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name))
    const env = Object.fromEntries(clean)
    const { stdout } = await run('npm', ['config', 'get', 'ignore-scripts'], { cwd: repoRoot, env })
    assert.equal(stdout.trim(), 'true')
  })

  test('folders that are models by default are there', () => {
    for (const file of dockerfiles) {
      const [, list = ''] = /^ARG MODELS="(.*)"$/m.exec(linesOf(file).join('\n')) ?? []
      assert.notEqual(list, '')
      for (const folder of list.split(' ')) assert.ok(existsSync(repoPath(folder)), folder)
    }
  })

  test('what no image is made from stays out of the build', () => {
    const ignored = new Set(linesOf('.dockerignore'))
    const kept = ['**/node_modules', '**/.git', 'build', 'dist', 'bench', 'test', 'k8s']
    for (const entry of kept) assert.ok(ignored.has(entry), entry)
    const copied = dockerfiles
      .flatMap((file) => linesOf(file))
      .flatMap((line) => /^COPY (?!--from)(.*) \S+$/.exec(line)?.[1]?.split(' ') ?? [])
      .filter((path) => path !== '.')
    for (const path of copied) {
      assert.ok(existsSync(repoPath(path)), `COPY ${path}`)
      assert.ok(!ignored.has(path.split('/')[0] ?? ''), `COPY ${path} is ignored`)
    }
  })
})

describe('the engines of an image', () => {
  /** A project with both engines in it, whose installer and addon end as given: no network is asked. */
  function project(installer: string, addon = ''): string {
    const folder = tempFolder()
    const tfjsNode = join(folder, tfjsNodeFolder)
    mkdirSync(join(tfjsNode, 'deps', 'lib'), { recursive: true })
    mkdirSync(join(folder, 'scripts', 'image'), { recursive: true })
    cpSync(
      repoPath('scripts', 'image', 'engine.mjs'),
      join(folder, 'scripts', 'image', 'engine.mjs'),
    )
    writeFileSync(join(folder, 'scripts', 'install-tensorflow.mjs'), installer)
    writeFileSync(
      join(tfjsNode, 'package.json'),
      '{"name":"@tensorflow/tfjs-node","version":"4.22.0"}',
    )
    mkdirSync(join(folder, onnxFolder))
    writeFileSync(
      join(folder, onnxFolder, 'package.json'),
      '{"name":"onnxruntime-node","version":"1.30.0"}',
    )
    writeFileSync(join(folder, onnxFolder, 'index.js'), addon)
    const dependencies = { '@tensorflow/tfjs-node': '4.22.0', 'onnxruntime-node': '1.30.0' }
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ name: 'x', optionalDependencies: dependencies }),
    )
    return folder
  }

  async function make(engine: string, folder: string) {
    const script = join('scripts', 'image', 'engine.mjs')
    const done = run(process.execPath, [script, engine], { cwd: folder, timeout: 60_000 })
    const { code, stderr } = await done.then(
      (result) => ({ code: 0, ...result }),
      (error: { code: number; stderr: string }) => error,
    )
    const file = join(folder, 'engine.txt')
    const says = existsSync(file) ? readFileSync(file, 'utf8') : undefined
    const left = [onnxFolder, tfjsNodeFolder].filter((one) => existsSync(join(folder, one)))
    return { code, stderr, says, left }
  }

  const fails = 'process.exitCode = 1'
  const broken = "throw new Error('no such C library')"

  test('auto goes on with onnxruntime where TensorFlow cannot be had, and says so', async () => {
    const { code, stderr, says, left } = await make('auto', project(fails))
    assert.equal(code, 0, stderr)
    assert.match(says ?? '', /^onnx: onnxruntime-node, and wasm .*tfjs-node could not be had/)
    assert.ok(stderr.includes(says?.trim() ?? '?'), stderr)
    assert.deepEqual(left, [onnxFolder])
  })

  test('auto goes on with TensorFlow where onnxruntime does not load', async () => {
    const { code, stderr, says, left } = await make('auto', project('', broken))
    assert.equal(code, 0, stderr)
    assert.match(says ?? '', /^tensorflow: .*onnxruntime-node does not load/)
    assert.match(stderr, /no such C library/)
    assert.deepEqual(left, [tfjsNodeFolder])
  })

  test('auto goes on with wasm where neither can be had', async () => {
    const { code, stderr, says, left } = await make('auto', project(fails, broken))
    assert.equal(code, 0, stderr)
    assert.match(says ?? '', /^wasm: no native engine in this image \(onnxruntime-node does not/)
    assert.deepEqual(left, [])
  })

  test('an engine that is asked for and cannot be had fails the build', async () => {
    for (const [engine, folder, name] of [
      ['tensorflow', project(fails), '@tensorflow/tfjs-node'],
      ['onnx', project('', broken), 'onnxruntime-node'],
    ] as const) {
      const { code, stderr, says } = await make(engine, folder)
      assert.equal(code, 1)
      assert.ok(stderr.includes(`Expected ${name} for ENGINE=${engine}`), stderr)
      assert.equal(says, undefined)
    }
  })

  test('auto keeps both, and an engine that is asked for stands alone beside wasm', async () => {
    for (const [engine, said, kept] of [
      ['auto', /^onnx, tensorflow: /, [onnxFolder, tfjsNodeFolder]],
      ['tensorflow', /^tensorflow: /, [tfjsNodeFolder]],
      ['onnx', /^onnx: /, [onnxFolder]],
    ] as const) {
      const { code, stderr, says, left } = await make(engine, project(''))
      assert.equal(code, 0, stderr)
      assert.match(says ?? '', said)
      assert.deepEqual(left, kept)
    }
  })

  test('onnx and wasm do not even try TensorFlow', async () => {
    const installer = 'process.stderr.write("tried"); process.exitCode = 1'
    for (const [engine, said] of [
      ['onnx', /^onnx: onnxruntime-node, and wasm where it is asked for\n$/],
      ['wasm', /^wasm: .*ENGINE=wasm was asked for/],
    ] as const) {
      const { code, stderr, says } = await make(engine, project(installer))
      assert.equal(code, 0, stderr)
      assert.ok(!stderr.includes('tried'), stderr)
      assert.match(says ?? '', said)
    }
  })
})

describe('what an image does without', () => {
  test('source maps, types, second copies of tfjs and other machines’ binaries go; what Node loads stays', async () => {
    const folder = join(tempFolder(), 'node_modules')
    const files: Readonly<Record<string, string>> = {
      'one/index.js': '',
      'one/index.js.map': '',
      'one/index.d.ts': '',
      'one/LICENSE': '',
      'only-types/index.d.mts': '',
      '@tensorflow/tfjs-core/package.json': '{"main":"dist/core.node.js"}',
      '@tensorflow/tfjs-core/dist/core.node.js': "require('long')",
      '@tensorflow/tfjs-core/dist/core.es2017.js': '',
      '@tensorflow/tfjs-core/dist/ops/add.js': '',
      '@tensorflow/tfjs-core/dist/core.wasm': '',
      '@tensorflow/tfjs-core/LICENSE': '',
      '@tensorflow/tfjs-core/node_modules/two/index.js': '',
      '@tensorflow/tfjs-node/package.json': '{"main":"dist/index.js"}',
      '@tensorflow/tfjs-node/dist/index.js': "require('./other')",
      '@tensorflow/tfjs-node/dist/other.js': '',
      'onnxruntime-node/dist/index.js': '',
      [`onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}/a.node`]: '',
      [`onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}/a.so.1`]: '',
      [`onnxruntime-node/bin/napi-v6/${process.platform}/other/a.node`]: '',
      [`onnxruntime-node/bin/napi-v6/other/${process.arch}/a.dll`]: '',
    }
    for (const [file, text] of Object.entries(files)) write(folder, file, text)
    await run(process.execPath, [repoPath('scripts', 'image', 'prune.mjs'), folder])
    const gone = /\.map$|\.d\.m?ts$|es2017|ops\/add|\/other\//
    for (const file of Object.keys(files)) {
      assert.equal(existsSync(join(folder, file)), !gone.test(file), file)
    }
    assert.ok(!existsSync(join(folder, 'only-types')), 'an empty folder is left')
  })

  test('an onnxruntime without a binary for this machine stops the build', async () => {
    const folder = join(tempFolder(), 'node_modules')
    write(folder, 'onnxruntime-node/bin/napi-v6/plan9/mips/a.node', '')
    const pruning = run(process.execPath, [repoPath('scripts', 'image', 'prune.mjs'), folder])
    await assert.rejects(
      pruning,
      /Expected a binary for \w+\/\w+ in '.*onnxruntime-node', got none/,
    )
  })

  test('a tfjs that is packed otherwise stops the build', async () => {
    const folder = join(tempFolder(), 'node_modules')
    write(folder, '@tensorflow/tfjs-core/package.json', '{"main":"dist/core.js"}')
    write(folder, '@tensorflow/tfjs-core/dist/core.js', "require('./chunk.js')")
    const pruning = run(process.execPath, [repoPath('scripts', 'image', 'prune.mjs'), folder])
    await assert.rejects(pruning, /to be one bundle, got require\('\.\/chunk\.js'\)/)
  })
})

function write(folder: string, file: string, text: string): void {
  mkdirSync(join(folder, file, '..'), { recursive: true })
  writeFileSync(join(folder, file), text)
}
