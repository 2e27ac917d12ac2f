// Another Node than the one that runs: `node scripts/node-versions.mjs MAJOR` prints the path of its executable, which
// npm brings into the cache once. For tests of what ddnn promises of each Node (`npm run test:package`).
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cacheFolder } from './cache.mjs'

const run = promisify(execFile)

/**
 * @param {number} major
 * @returns {Promise<string>} path; this process's own where that is of this version
 * @throws {Error} what npm said
 */
export async function ensureNode(major) {
  if (Number(process.versions.node.split('.')[0]) === major) return process.execPath
  const { platform, arch } = process
  // The packages that npm's `node` fetches by an install script.
  const prefix = platform === 'darwin' && arch === 'arm64' ? 'node-bin' : 'node'
  const name = [prefix, platform === 'win32' ? 'win' : platform, arch].join('-')
  const folder = join(cacheFolder(), 'node', `${major}-${platform}-${arch}`)
  if (!existsSync(folder)) await bring(`${name}@${major}`, folder)
  const own = join(folder, 'node_modules', name)
  const { bin } = JSON.parse(await readFile(join(own, 'package.json'), 'utf8'))
  return join(own, bin.node)
}

/** Aside first: of several processes at once the first to finish wins. */
async function bring(spec, folder) {
  const aside = `${folder}.${randomUUID().slice(0, 8)}`
  await mkdir(aside, { recursive: true })
  await writeFile(join(aside, 'package.json'), '{"private": true}\n')
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund']
  await run('npm', ['install', ...flags, spec], { cwd: aside, timeout: 600_000 })
  await rename(aside, folder).catch(async (cause) => {
    if (!existsSync(folder)) throw cause
    await rm(aside, { recursive: true })
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(await ensureNode(Number(process.argv[2])))
}
