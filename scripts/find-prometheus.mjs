// Prometheus and its promtool for tests: those on the path, else Debian's package, unpacked into the cache (no root,
// nothing installed on the machine). `node scripts/find-prometheus.mjs` prints where they are.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cacheFolder } from './cache.mjs'

const run = promisify(execFile)

/**
 * @param {(line: string) => void} [say]
 * @returns {Promise<{ prometheus: string, promtool: string }>} names on the path, or absolute paths
 * @throws {Error} naming what was tried
 */
export async function findPrometheus(say = () => {}) {
  if (await work('prometheus', 'promtool'))
    return { prometheus: 'prometheus', promtool: 'promtool' }
  const folder = join(cacheFolder(), 'prometheus')
  const bin = join(folder, 'usr', 'bin')
  const found = { prometheus: join(bin, 'prometheus'), promtool: join(bin, 'promtool') }
  if (await work(found.prometheus, found.promtool)) return found
  say("Prometheus: Debian's package, 19 MB")
  try {
    await unpackDebian(folder)
  } catch (cause) {
    const reason = cause.stderr?.trim() || cause.message
    throw new Error(
      `no Prometheus: neither on the path, nor by apt-get (${reason}). Install prometheus, which brings promtool`,
      { cause },
    )
  }
  if (await work(found.prometheus, found.promtool)) return found
  throw new Error(`no Prometheus: ${found.prometheus} does not run here`)
}

/** Unpacked beside its place first, so that one that was cut off is never taken for whole. */
async function unpackDebian(folder) {
  await mkdir(dirname(folder), { recursive: true })
  const part = await mkdtemp(`${folder}-part-`)
  try {
    await run('apt-get', ['download', 'prometheus'], { cwd: part })
    const [file] = await readdir(part)
    const unpacked = join(part, 'unpacked')
    await run('dpkg-deb', ['-x', join(part, file), unpacked])
    await rm(folder, { recursive: true, force: true })
    await rename(unpacked, folder)
  } finally {
    await rm(part, { recursive: true, force: true })
  }
}

async function work(...programs) {
  const tries = programs.map((program) => run(program, ['--version']))
  return Promise.all(tries).then(
    () => true,
    () => false,
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { prometheus, promtool } = await findPrometheus((line) => console.error(line))
  console.log(`${prometheus}\n${promtool}`)
}
