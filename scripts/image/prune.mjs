// Used by the Dockerfiles: takes out of a folder what Node never loads, `node scripts/image/prune.mjs FOLDER...`.
// Source maps and type declarations, and of tfjs's packages, each of which brings its code in nine bundles
// and once more in single files, all but the bundle that `require` takes, the WebAssembly and the licence; of
// onnxruntime-node the binaries of other machines.
import { existsSync, readdirSync, readFileSync, rmSync, rmdirSync, statSync } from 'node:fs'
import { basename, join, relative, sep } from 'node:path'

const isUnused = /\.(map|ts|mts|cts)$/
const isLicence = /^(licen[cs]e|notice|third_party)/i

for (const folder of process.argv.slice(2)) {
  const before = sizeOf(folder)
  for (const file of filesIn(folder)) if (isUnused.test(file)) rmSync(file)
  for (const bundled of bundledPackages(folder)) keepBundle(bundled)
  keepOwnBinary(join(folder, 'onnxruntime-node'))
  removeEmptyFolders(folder)
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(0)} MB`
  process.stderr.write(`${folder}: ${megabytes(before)}, pruned ${megabytes(sizeOf(folder))}\n`)
}

/** Packages of tfjs but tfjs-node, which is an addon with plain files. */
function bundledPackages(folder) {
  const scope = join(folder, '@tensorflow')
  const names = readdirSync(folder).includes('@tensorflow') ? readdirSync(scope) : []
  return names.filter((name) => name !== 'tfjs-node').map((name) => join(scope, name))
}

function keepBundle(folder) {
  const { main } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  // A newer tfjs may be packed otherwise: stop the build then, not the container.
  const needed = [...readFileSync(join(folder, main), 'utf8').matchAll(/require\(['"](\.[^'"]*)/g)]
  if (needed.length > 0) {
    throw new Error(
      `Expected ${main} of '${folder}' to be one bundle, got require('${needed[0][1]}')`,
    )
  }
  for (const file of filesIn(folder)) {
    const path = relative(folder, file).split(sep).join('/')
    if (path.startsWith('node_modules/')) continue
    const isKept = path === main || path === 'package.json' || isLicence.test(basename(path))
    if (!isKept && !/^dist\/[^/]*\.wasm$/.test(path)) rmSync(file)
  }
}

/** onnxruntime-node brings its library for five machines, 290 MB: bin/napi-vN/PLATFORM/ARCH/. */
function keepOwnBinary(folder) {
  if (!existsSync(folder)) return
  const own = `/${process.platform}/${process.arch}/`
  const binaries = filesIn(join(folder, 'bin'))
  const isOwn = (file) => file.split(sep).join('/').includes(own)
  if (!binaries.some((file) => isOwn(file) && file.endsWith('.node'))) {
    throw new Error(`Expected a binary for ${own.slice(1, -1)} in '${folder}', got none`)
  }
  for (const file of binaries) if (!isOwn(file)) rmSync(file)
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
}

function sizeOf(folder) {
  return filesIn(folder).reduce((sum, file) => sum + statSync(file).size, 0)
}

function removeEmptyFolders(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmptyFolders(join(folder, entry.name))
  }
  if (readdirSync(folder).length === 0) rmdirSync(folder)
}
