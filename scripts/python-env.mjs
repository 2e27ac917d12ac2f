// A Python virtual environment with pinned packages, made once in the cache folder and found there
// afterwards. Used where Python is a tool of the tests or of a build: TensorFlow's own library for
// tfjs-node, golden logits from Keras, the kafka-python peer. ddnn itself never needs Python.
import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder } from './cache.mjs'

const run = promisify(execFile)

// Newest first after the plain name; TensorFlow 2.20 has wheels for 3.9 to 3.13.
const pythonNames = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3.9']

/**
 * Path of a Python interpreter in which exactly these packages (and what they need) are installed.
 * Takes minutes the first time, no time afterwards. Safe to call from several processes at once: each
 * builds aside and the first one to finish wins.
 *
 * @param {readonly string[]} packages pinned, as pip takes them: ['tensorflow-cpu==2.20.0']
 * @param {{ log?: (line: string) => void, timeoutMs?: number }} [options]
 * @returns {Promise<string>}
 * @throws {Error} naming each interpreter that was tried and what it said.
 */
export async function ensurePythonEnv(packages, options = {}) {
  const log = options.log ?? (() => {})
  const wanted = [...packages].sort()
  const key = createHash('sha256')
    .update(JSON.stringify([wanted, process.platform, process.arch]))
    .digest('hex')
    .slice(0, 12)
  const folder = join(cacheFolder(), 'python', key)
  const python = interpreterIn(folder)
  if (existsSync(join(folder, 'ready.json'))) return python

  const tried = []
  for (const name of process.env.DDNN_PYTHON ? [process.env.DDNN_PYTHON] : pythonNames) {
    const building = `${folder}.${randomUUID().slice(0, 8)}`
    try {
      const version = await run(name, ['--version'], { timeout: 30_000 })
      log(`python: ${version.stdout.trim()} installs ${wanted.join(', ')}`)
      await mkdir(join(folder, '..'), { recursive: true })
      await run(name, ['-m', 'venv', building], { timeout: 300_000 })
      await run(
        interpreterIn(building),
        ['-m', 'pip', 'install', '--no-input', '--disable-pip-version-check', ...wanted],
        { timeout: options.timeoutMs ?? 1_200_000, maxBuffer: 64 << 20 },
      )
      await writeFile(join(building, 'ready.json'), JSON.stringify({ packages: wanted }) + '\n')
      // Only `python -m` is used from it, never its scripts, whose first lines hold the old path.
      await rename(building, folder).catch(async (cause) => {
        if (!existsSync(join(folder, 'ready.json'))) throw cause
        await rm(building, { recursive: true, force: true })
      })
      return python
    } catch (cause) {
      await rm(building, { recursive: true, force: true })
      tried.push(`${name}: ${lastLineOf(cause)}`)
    }
  }
  throw new Error(
    `Expected Python 3.9 to 3.13 with venv and pip to install ${wanted.join(', ')}, got\n  ` +
      tried.join('\n  '),
  )
}

function interpreterIn(folder) {
  return process.platform === 'win32'
    ? join(folder, 'Scripts', 'python.exe')
    : join(folder, 'bin', 'python')
}

/** The line that says most: pip and venv print their error last. */
function lastLineOf(cause) {
  if (cause?.code === 'ENOENT') return 'not found'
  const text =
    `${cause?.stderr ?? ''}`.trim() ||
    `${cause?.stdout ?? ''}`.trim() ||
    `${cause?.message ?? cause}`
  return text.split('\n').at(-1)
}
