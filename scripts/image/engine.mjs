// Used by the Dockerfiles: makes the engines of an image in node_modules, `node scripts/image/engine.mjs ENGINE`.
//   wasm        takes out onnxruntime-node and tfjs-node, with all that only they need
//   onnx        keeps onnxruntime-node, and fails the build where it does not load; no TensorFlow
//   tensorflow  makes tfjs-node load, and fails the build where that cannot be done; no onnxruntime
//   auto        both, and goes on without one that cannot be had, saying so
// WebAssembly is in all of them. engine.txt in the working directory says what became of it:
// `cat /app/engine.txt` in a container.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const engines = ['auto', 'onnx', 'tensorflow', 'wasm']
const tfjsNode = join('node_modules', '@tensorflow', 'tfjs-node')
const packages = { onnx: 'onnxruntime-node', tensorflow: '@tensorflow/tfjs-node' }

const [engine = ''] = process.argv.slice(2)
if (!engines.includes(engine)) {
  fail(`Expected build argument ENGINE to be one of ${engines.join(', ')}, got "${engine}"`)
}
const isAsked = (name) => engine === name || engine === 'auto'

const kept = []
const reasons = []
takeOut(['onnx', 'tensorflow'].filter((name) => !isAsked(name)))
if (isAsked('onnx')) keep('onnx', hasOnnxruntime(), 'does not load')
if (isAsked('tensorflow')) {
  keep('tensorflow', hasTensorflow(), 'could not be had')
  if (kept.includes('tensorflow')) slimTensorflow()
}
report()

function keep(name, isThere, otherwise) {
  if (isThere) kept.push(name)
  else if (engine === name) fail(`Expected ${packages[name]} for ENGINE=${name}, got the above`)
  else {
    reasons.push(`${packages[name]} ${otherwise}, the build output says why`)
    takeOut([name])
  }
}

/** Its processor's binary is in the package; an image of Alpine, say, has another C library than it asks for. */
function hasOnnxruntime() {
  return run(process.execPath, ['-e', `require('${packages.onnx}')`]) === 0
}

/** Everything that the installation prints goes into the build's output. */
function hasTensorflow() {
  return run(process.execPath, ['scripts/install-tensorflow.mjs', '--copy']) === 0
}

/** Keeps what runs: the addon and the two libraries, without symbols for a debugger (200 MB). */
function slimTensorflow() {
  for (const part of ['build', 'binding', join('deps', 'include')]) {
    rmSync(join(tfjsNode, part), { recursive: true, force: true })
  }
  const lib = join(tfjsNode, 'deps', 'lib')
  const libraries = readdirSync(lib, { withFileTypes: true }).filter((entry) => entry.isFile())
  for (const { name } of libraries) {
    if (run('strip', ['--strip-unneeded', join(lib, name)]) !== 0) fail(`strip failed on ${name}`)
  }
}

function takeOut(names) {
  const there = names.map((name) => packages[name]).filter(isInstalled)
  if (there.length === 0) return
  const args = ['uninstall', '--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund']
  if (run('npm', [...args, ...there]) !== 0) fail('npm uninstall failed')
}

function isInstalled(name) {
  return existsSync(join('node_modules', name))
}

function report() {
  if (engine === 'wasm') reasons.push('ENGINE=wasm was asked for')
  const why = reasons.length > 0 ? ` (${reasons.join('; ')})` : ''
  if (kept.length === 0) say(`wasm: no native engine in this image${why}`)
  else {
    const names = kept.map((name) => packages[name]).join(', ')
    say(`${kept.join(', ')}: ${names}, and wasm where it is asked for${why}`)
  }
}

function say(line) {
  writeFileSync('engine.txt', `${line}\n`)
  process.stderr.write(`\n=== engines of this image: ${line} ===\n\n`)
}

function run(command, args) {
  return spawnSync(command, args, { stdio: 'inherit' }).status
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
