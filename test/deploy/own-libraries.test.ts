// tfjs-node's libraries belong to the package: another user than the one who installed loads them, and they outlive the
// cache. In a project of its own, with the real package laid out as a checkout of before had it.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, join, sep } from 'node:path'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { tempFolder } from '../helpers/cli.ts'
import { repoPath } from '../helpers/paths.ts'

const run = promisify(execFile)

const scripts = ['install-tensorflow', 'own-libraries', 'python-env', 'cache']
const tfjsNode = join('node_modules', '@tensorflow', 'tfjs-node')
/** 65534 is `nobody`, who owns nothing; only root can become it. */
const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}

const multiply = `
const util = require('node:util')
util.isNullOrUndefined = (value) => value === null || value === undefined
util.isArray = Array.isArray
const tf = require('@tensorflow/tfjs-node')
console.log('product ' + tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])).dataSync()[0])
`

interface OwnLibraries {
  placeFile: (file: string, place: string, options: { isCopied: boolean }) => Promise<void>
  borrowedLibraries: (folder: string, options: { isCopied: boolean }) => Promise<readonly string[]>
  makeOwn: (folder: string, options: { isCopied: boolean }) => Promise<void>
}
const { placeFile, borrowedLibraries, makeOwn } = (await import(
  pathToFileURL(repoPath('scripts', 'own-libraries.mjs')).href
)) as OwnLibraries

/** A project with this checkout's packages, of which tfjs-node is a copy whose libraries are links into `cache`. */
function projectOfBefore(cache: string): string {
  const project = tempFolder()
  // A temporary folder is its maker's alone.
  chmodSync(project, 0o755)
  for (const name of scripts) {
    const file = join('scripts', `${name}.mjs`)
    cpSync(repoPath(file), join(project, file))
  }
  cpSync(repoPath('package.json'), join(project, 'package.json'))
  mkdirSync(join(project, 'node_modules', '@tensorflow'), { recursive: true })
  for (const name of readdirSync(repoPath('node_modules'))) {
    if (name !== '@tensorflow') linkPackage(project, name)
  }
  for (const name of readdirSync(repoPath('node_modules', '@tensorflow'))) {
    if (name !== 'tfjs-node') linkPackage(project, join('@tensorflow', name))
  }
  const isOwn = (path: string) => !path.includes(`${sep}deps`) && !path.includes('build-tmp')
  cpSync(repoPath(tfjsNode), join(project, tfjsNode), { recursive: true, filter: isOwn })
  borrow(repoPath(tfjsNode, 'deps', 'lib'), join(project, tfjsNode, 'deps', 'lib'), cache)
  return project
}

function linkPackage(project: string, name: string): void {
  symlinkSync(repoPath('node_modules', name), join(project, 'node_modules', name))
}

/** Each library of `from` as a file in the cache, and a link to it. */
function borrow(from: string, to: string, cache: string): void {
  mkdirSync(to, { recursive: true })
  for (const name of readdirSync(from)) {
    const path = join(from, name)
    const target = lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined
    if (target !== undefined && basename(target) === target) {
      symlinkSync(target, join(to, name))
      continue
    }
    linkOrCopy(realpathSync(path), join(cache, name))
    symlinkSync(join(cache, name), join(to, name))
  }
}

function linkOrCopy(file: string, place: string): void {
  try {
    linkSync(file, place)
  } catch {
    cpSync(file, place)
  }
}

async function isReachable(folder: string): Promise<boolean> {
  const look = `require('node:fs').readdirSync(${JSON.stringify(folder)})`
  return run(process.execPath, ['-e', look], nobody).then(
    () => true,
    () => false,
  )
}

describe('the libraries of tfjs-node', () => {
  test('in this checkout they are files of the package, for all to read', async () => {
    assert.deepEqual(await borrowedLibraries(repoPath(tfjsNode), { isCopied: false }), [])
    assertOpenToAll(repoPath(tfjsNode, 'deps'))
    assertOpenToAll(repoPath(tfjsNode, 'lib'))
  })

  test(
    'a checkout with links into a home folder is mended by the next run, and outlives the cache',
    { timeout: 240_000 },
    async () => {
      const cache = tempFolder()
      const project = projectOfBefore(cache)
      const install = join(project, 'scripts', 'install-tensorflow.mjs')
      const first = await run(process.execPath, [install], { cwd: project })
      assert.match(first.stderr, /works: it was installed already, its libraries are its own now/)
      const again = await run(process.execPath, [install], { cwd: project })
      assert.match(again.stderr, /works: it was installed already\n/)
      rmSync(cache, { recursive: true })
      assertOpenToAll(join(project, tfjsNode, 'deps'))
      // Where the checkout itself is in a home folder nobody gets so far, and the modes must do.
      const user = (await isReachable(repoPath('node_modules'))) ? nobody : {}
      const { stdout } = await run(process.execPath, ['-e', multiply], { cwd: project, ...user })
      assert.match(stdout, /product 2/)
    },
  )
})

/** No file below leads out of it, and all may be read by others. */
function assertOpenToAll(folder: string): void {
  const own = realpathSync(folder)
  const paths = readdirSync(folder, { recursive: true }).map((path) => join(folder, String(path)))
  assert.notEqual(paths.length, 0)
  for (const path of [folder, ...paths]) {
    assert.ok(realpathSync(path).startsWith(own), `${path} leads to ${realpathSync(path)}`)
    const wanted = statSync(path).isDirectory() ? 0o005 : 0o004
    assert.equal(statSync(path).mode & wanted, wanted, path)
  }
}

describe('a placed file', () => {
  const content = (path: string) => readFileSync(path, 'utf8')

  test('shares its bytes with the cache, and stays when that is wiped', async () => {
    const [cache, target] = [tempFolder(), join(tempFolder(), 'deps', 'lib')]
    writeFileSync(join(cache, 'lib.so'), 'library', { mode: 0o600 })
    await placeFile(join(cache, 'lib.so'), join(target, 'lib.so'), { isCopied: false })
    assert.equal(statSync(join(target, 'lib.so')).nlink, 2)
    assert.equal(statSync(join(target, 'lib.so')).mode & 0o777, 0o644)
    rmSync(cache, { recursive: true })
    assert.equal(content(join(target, 'lib.so')), 'library')
    assert.deepEqual(readdirSync(target), ['lib.so'])
  })

  test('is a copy on another file system', async (t) => {
    const [shm, cache] = ['/dev/shm', tempFolder()]
    if (!existsSync(shm) || statSync(shm).dev === statSync(cache).dev) {
      t.diagnostic('there is one file system only: copied because it is asked for')
    }
    const other = existsSync(shm) ? join(shm, `ddnn-test-${process.pid}`) : tempFolder()
    const isCopied = !existsSync(shm) || statSync(shm).dev === statSync(cache).dev
    try {
      writeFileSync(join(cache, 'lib.so'), 'library', { mode: 0o600 })
      await placeFile(join(cache, 'lib.so'), join(other, 'lib.so'), { isCopied })
      assert.equal(statSync(join(other, 'lib.so')).nlink, 1)
      assert.equal(statSync(join(other, 'lib.so')).mode & 0o777, 0o644)
      assert.equal(content(join(other, 'lib.so')), 'library')
    } finally {
      rmSync(other, { recursive: true })
    }
  })

  test('that must be a copy is one, though it has been a link: what strips it leaves the cache alone', async () => {
    const [cache, own] = [tempFolder(), tempFolder()]
    const lib = join(own, 'deps', 'lib')
    writeFileSync(join(cache, 'lib.so.2'), 'library')
    await placeFile(join(cache, 'lib.so.2'), join(lib, 'lib.so.2'), { isCopied: false })
    symlinkSync('lib.so.2', join(lib, 'lib.so'))
    assert.deepEqual(await borrowedLibraries(own, { isCopied: false }), [])
    await makeOwn(own, { isCopied: true })
    writeFileSync(join(lib, 'lib.so.2'), 'stripped')
    assert.equal(content(join(cache, 'lib.so.2')), 'library')
    assert.equal(content(join(lib, 'lib.so')), 'stripped')
  })
})
