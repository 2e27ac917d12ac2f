// Makes @tensorflow/tfjs-node load: `node scripts/install-tensorflow.mjs [--copy]` in a checkout; where ddnn was
// installed as a package, `node node_modules/ddnn/scripts/install-tensorflow.mjs` (its errors name the path).
// In this order: nothing where it loads already; an addon built here earlier (seconds); the package's
// own install script, which downloads libtensorflow; a build against the library in TensorFlow's
// Python wheel, for machines that reach package registries only. package.json and lockfile stay as they are.
// The library becomes a file of the package, so that every user who may read the package can load it: a hard link
// to the cache's where that is possible. --copy makes it a copy of its own (container images, which strip it).
import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cacheFolder } from './cache.mjs'
import { borrowedLibraries, makeOwn, openToAll, placeFile } from './own-libraries.mjs'
import { ensurePythonEnv } from './python-env.mjs'

const run = promisify(execFile)

const own = resolve(fileURLToPath(import.meta.url), '../..')
const root = projectFolder()
const packageFolder = join(root, 'node_modules', '@tensorflow', 'tfjs-node')
// The plain wheel holds CUDA stubs on x64; on arm64 and macOS it is the one for the CPU.
const wheel = `${process.arch === 'x64' && process.platform === 'linux' ? 'tensorflow-cpu' : 'tensorflow'}==2.20.0`
const downloadTimeoutMs = 300_000
const buildTimeoutMs = 900_000

// Runs one small product, since an addon that loads may still miss symbols that it binds late.
const probe = `
const util = require('node:util')
util.isNullOrUndefined ??= (value) => value === null || value === undefined
util.isArray ??= Array.isArray
const tf = require('@tensorflow/tfjs-node')
const product = tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])).dataSync()[0]
if (product !== 2) throw new Error('Expected a product of 2, got ' + product)
console.log('tfjs-node ' + tf.version['tfjs-node'] + ' (TensorFlow ' + tf.backend().binding.TF_Version + ')')
`

const log = (line) => console.error(`install-tensorflow: ${line}`)

try {
  const { way, description } = await install({ isCopied: process.argv.includes('--copy') })
  log(`${description} works: ${way}`)
} catch (error) {
  log(error.message)
  log('Hint: tfjs-node is optional, ddnn runs with --engine wasm')
  process.exitCode = 1
}

async function install({ isCopied }) {
  const tried = []
  const first = await load()
  if (first.works) {
    const borrowed = await borrowedLibraries(packageFolder, { isCopied })
    if (borrowed.length === 0) return { way: 'it was installed already', description: first.says }
    await makeOwn(packageFolder, { isCopied })
    await removeHeaders()
    const way = 'it was installed already, its libraries are its own now'
    return { way, description: first.says }
  }
  tried.push(`as it is: ${first.says}`)
  if (!existsSync(join(packageFolder, 'package.json'))) await bringPackageBack()

  const ways = [
    ['an addon built here earlier', () => restoreBuilt(isCopied)],
    ['its own install script', runOwnScript],
    [`a build against ${wheel}`, () => build(isCopied)],
  ]
  for (const [way, attempt] of ways) {
    try {
      if ((await attempt()) === 'not possible') continue
      const { works, says } = await load()
      if (works) return { way, description: says }
      tried.push(`${way}: ${says}`)
    } catch (error) {
      tried.push(`${way}: ${summaryOf(error)}`)
    }
    log(tried.at(-1))
  }
  throw new Error(`Expected @tensorflow/tfjs-node to load, got\n  ${tried.join('\n  ')}`)
}

/**
 * Whose node_modules tfjs-node belongs in: that of the checkout, of the project that has ddnn among its packages
 * (npx's cache is one too), or ddnn's own, where it was installed globally and so belongs to no project.
 */
function projectFolder() {
  const folder = resolve(own, '../..')
  const isPackage = basename(dirname(own)) === 'node_modules'
  return isPackage && existsSync(join(folder, 'package.json')) ? folder : own
}

/** Whether the package loads and multiplies, in a process of its own: a crash must not be ours. */
async function load() {
  if (!existsSync(packageFolder)) return { works: false, says: 'not in node_modules' }
  try {
    const { stdout } = await run(process.execPath, ['-e', probe], { cwd: root, timeout: 120_000 })
    return { works: true, says: stdout.trim().split('\n').at(-1) }
  } catch (error) {
    return { works: false, says: summaryOf(error) }
  }
}

/** npm leaves an optional package out whose install script failed. */
async function bringPackageBack() {
  const lockfile = join(root, 'package-lock.json')
  const before = existsSync(lockfile) ? await readFile(lockfile) : undefined
  const version = await wantedVersion(before)
  log(`npm brings back @tensorflow/tfjs-node ${version}`)
  const npmArguments = ['install', '--ignore-scripts', '--no-save', '--no-audit', '--no-fund']
  // A global package is a project without its development dependencies, and keeps no lockfile.
  if (before === undefined) npmArguments.push('--no-package-lock')
  if (root === own && before === undefined) npmArguments.push('--omit=dev')
  await run('npm', [...npmArguments, `@tensorflow/tfjs-node@${version}`], {
    cwd: root,
    timeout: buildTimeoutMs,
    maxBuffer: 64 << 20,
  })
  if (before !== undefined && !before.equals(await readFile(lockfile))) {
    await writeFile(lockfile, before)
  }
}

/** The version of the lockfile, else what ddnn itself asks for. */
async function wantedVersion(lockfile) {
  const name = '@tensorflow/tfjs-node'
  const locked = lockfile && JSON.parse(lockfile).packages?.[`node_modules/${name}`]?.version
  if (locked) return locked
  const { optionalDependencies } = JSON.parse(await readFile(join(own, 'package.json'), 'utf8'))
  return optionalDependencies[name]
}

async function runOwnScript() {
  await removeBuilt()
  log('the package downloads libtensorflow')
  try {
    await runInPackage(process.execPath, ['scripts/install.js'], downloadTimeoutMs)
  } catch (error) {
    await removeBuilt()
    throw error
  }
}

async function restoreBuilt(isCopied) {
  const kept = await keptAddonFile()
  if (!existsSync(kept)) return 'not possible'
  await placeLibraries(await tensorflowFolder(), isCopied)
  await placeFile(kept, await addonFile(), { isCopied: true })
  await openAddon()
  return 'done'
}

async function build(isCopied) {
  if (process.platform === 'win32') throw new Error('not written for Windows')
  const folder = await tensorflowFolder()
  await removeBuilt()
  await placeLibraries(folder, isCopied)
  await symlink(join(folder, 'include'), join(packageFolder, 'deps', 'include'))
  const headers = nodeHeaders()
  log(`node-gyp builds the addon, headers of Node from ${headers ?? 'where node-gyp finds them'}`)
  const nodedir = headers === undefined ? [] : [`--nodedir=${headers}`]
  await runInPackage('node-pre-gyp', ['install', '--build-from-source', ...nodedir], buildTimeoutMs)
  await removeHeaders()
  await openAddon()
  const kept = await keptAddonFile()
  await mkdir(dirname(kept), { recursive: true })
  // Under another name first, so that a process beside us never reads half a file.
  await copyFile(await addonFile(), `${kept}.${process.pid}`)
  await rename(`${kept}.${process.pid}`, kept)
}

/** The folder of the installed wheel that holds include/ and the two libraries. */
async function tensorflowFolder() {
  const python = await ensurePythonEnv([wheel], { log })
  const ask =
    "import importlib.util as u; print(u.find_spec('tensorflow').submodule_search_locations[0])"
  const { stdout } = await run(python, ['-c', ask], { timeout: 60_000 })
  return stdout.trim()
}

/**
 * Puts the libraries where binding.gyp looks for them: once by the name that the linker asks for, once
 * by the name inside the library (its soname), which the loader asks for.
 */
async function placeLibraries(folder, isCopied) {
  const deps = join(packageFolder, 'deps')
  const lib = join(deps, 'lib')
  await rm(deps, { recursive: true, force: true })
  for (const [soname, linkName] of libraries()) {
    await placeFile(join(folder, soname), join(lib, soname), { isCopied })
    if (linkName !== soname) await symlink(soname, join(lib, linkName))
  }
  await openToAll(deps, lib)
}

/** Headers are the compiler's alone: our link to them goes after it; a folder is what the package downloaded. */
async function removeHeaders() {
  await unlink(join(packageFolder, 'deps', 'include')).catch(() => {})
}

async function openAddon() {
  const addon = await addonFile()
  await openToAll(dirname(dirname(addon)), dirname(addon), addon)
}

function libraries() {
  const isMac = process.platform === 'darwin'
  return ['tensorflow_cc', 'tensorflow_framework'].map((name) => {
    const plain = name.replace('_cc', '')
    return isMac
      ? [`lib${name}.2.dylib`, `lib${plain}.2.dylib`]
      : [`lib${name}.so.2`, `lib${plain}.so`]
  })
}

/**
 * Folder above include/node that fits this Node: node-gyp would download headers otherwise. Undefined
 * leaves it to node-gyp, which may be configured (npm's nodedir).
 */
function nodeHeaders() {
  const candidates = [
    process.env.npm_config_nodedir,
    resolve(process.execPath, '../..'),
    '/usr',
    '/usr/local',
  ]
  return candidates.find(
    (folder) => folder && existsSync(join(folder, 'include', 'node', 'node_api.h')),
  )
}

async function packageJson() {
  return JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8'))
}

/** Where the package looks for its addon: the newest N-API that both it and this Node know. */
async function addonFile() {
  const { binary } = await packageJson()
  const known = binary.napi_versions.filter((n) => n <= Number(process.versions.napi))
  const folder = binary.module_path.replace('{napi_build_version}', String(Math.max(...known)))
  return join(packageFolder, folder, `${binary.module_name}.node`)
}

/** One addon for all Nodes: what it asks of Node is an N-API version, checked on 20, 22 and 24. */
async function keptAddonFile() {
  const { version } = await packageJson()
  const napi = basename(dirname(await addonFile()))
  const key = `${version}-${napi}-${process.platform}-${process.arch}-${wheel.replace('==', '-')}`
  return join(cacheFolder(), 'tfjs-node', key, 'tfjs_binding.node')
}

async function removeBuilt() {
  for (const name of ['deps', 'lib', 'build']) {
    await rm(join(packageFolder, name), { recursive: true, force: true })
  }
}

/** Runs a command in the package's folder; at the time limit its whole process group is ended. */
function runInPackage(command, commandArguments, timeoutMs) {
  const bin = join(root, 'node_modules', '.bin')
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` }
  const child = spawn(command, commandArguments, { cwd: packageFolder, env, detached: true })
  const output = []
  child.stdout.on('data', (chunk) => output.push(chunk))
  child.stderr.on('data', (chunk) => output.push(chunk))
  return new Promise((done, fail) => {
    const timer = setTimeout(() => {
      output.push(`\nstopped after ${timeoutMs / 1000} s`)
      process.kill(-child.pid, 'SIGKILL')
    }, timeoutMs)
    child.once('error', fail)
    child.once('close', (code) => {
      clearTimeout(timer)
      if (code === 0) return done()
      const error = new Error(`${command} ended with ${code}`)
      error.stderr = output.join('')
      fail(error)
    })
  })
}

/** The lines of a failed command that say why, without stack traces; paths under home shortened. */
function summaryOf(error) {
  const text = String(error?.stderr || error?.message || error)
  const lines = text.split('\n').map((line) => line.trim())
  const telling = lines.filter((line) =>
    /error|cannot|could not|not found|stopped after/i.test(line),
  )
  const chosen = telling.length > 0 ? telling : lines.filter((line) => line !== '')
  return chosen.slice(0, 3).join(' | ').replaceAll(homedir(), '~').slice(0, 600)
}
