// Used by the Dockerfiles: makes the engine of an image in node_modules, `node scripts/image/engine.mjs ENGINE`.
//   wasm        takes tfjs-node out, with all that only it needs
//   tensorflow  makes tfjs-node load, and fails the build where that cannot be done
//   auto        tries the same, and goes on with wasm where it fails, saying so
// engine.txt in the working directory says what became of it: `cat /app/engine.txt` in a container.
import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const engines = ['auto', 'tensorflow', 'wasm']
const tfjsNode = join('node_modules', '@tensorflow', 'tfjs-node')

const [engine = ''] = process.argv.slice(2)
if (!engines.includes(engine)) {
  fail(`Expected build argument ENGINE to be one of ${engines.join(', ')}, got "${engine}"`)
}

if (engine === 'wasm') withoutTensorflow('ENGINE=wasm was asked for')
else if (hasTensorflow()) withTensorflow()
else if (engine === 'auto')
  withoutTensorflow('tfjs-node could not be had, the build output says why')
else fail('Expected tfjs-node to be installed for ENGINE=tensorflow, got the reasons above')

/** Everything that the installation prints goes into the build's output. */
function hasTensorflow() {
  return run(process.execPath, ['scripts/install-tensorflow.mjs', '--copy']) === 0
}

/** Keeps what runs: the addon and the two libraries, without symbols for a debugger (200 MB). */
function withTensorflow() {
  for (const part of ['build', 'binding', join('deps', 'include')]) {
    rmSync(join(tfjsNode, part), { recursive: true, force: true })
  }
  const lib = join(tfjsNode, 'deps', 'lib')
  const libraries = readdirSync(lib, { withFileTypes: true }).filter((entry) => entry.isFile())
  for (const { name } of libraries) {
    if (run('strip', ['--strip-unneeded', join(lib, name)]) !== 0) fail(`strip failed on ${name}`)
  }
  say('tensorflow: @tensorflow/tfjs-node, and wasm where it is asked for')
}

function withoutTensorflow(reason) {
  const args = ['uninstall', '--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund']
  if (run('npm', [...args, '@tensorflow/tfjs-node']) !== 0) fail('npm uninstall failed')
  say(`wasm: no native engine in this image, since ${reason}`)
}

function say(line) {
  writeFileSync('engine.txt', `${line}\n`)
  process.stderr.write(`\n=== engine of this image: ${line} ===\n\n`)
}

function run(command, args) {
  return spawnSync(command, args, { stdio: 'inherit' }).status
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
