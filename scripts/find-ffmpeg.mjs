// ffmpeg for the tests of videos: the one on the path, else the program inside PyPI's imageio-ffmpeg, which is
// installed into the cache. `node scripts/find-ffmpeg.mjs` prints where it is. ddnn itself takes the path's alone.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ensurePythonEnv } from './python-env.mjs'

const run = promisify(execFile)

/**
 * @param {(line: string) => void} [log]
 * @returns {Promise<string>} 'ffmpeg', or an absolute path
 * @throws {Error} naming what was tried
 */
export async function findFfmpeg(log = () => {}) {
  if (await works('ffmpeg')) return 'ffmpeg'
  const python = await ensurePythonEnv(['imageio-ffmpeg>=0.6,<1'], { log })
  const print = 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())'
  const { stdout } = await run(python, ['-c', print])
  const path = stdout.trim()
  if (await works(path)) return path
  throw new Error(`no ffmpeg: none on the path, and '${path}' of imageio-ffmpeg does not run`)
}

async function works(path) {
  return run(path, ['-version']).then(
    () => true,
    () => false,
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(await findFfmpeg((line) => console.error(line)))
}
