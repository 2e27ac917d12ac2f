// Makes a real Chromium available to the tests without root: the system's, else the one inside npm's
// @sparticuz/chromium, unpacked into the cache. `node scripts/install-chromium.mjs` or findChromium().
// Idempotent; two runs at once are safe: each unpacks into a folder of its own and renames it.
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cacheFolder } from './cache.mjs'

const run = promisify(execFile)
const require = createRequire(import.meta.url)

/** Flags of a browser that runs in a container as root and calls nobody. */
const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

/**
 * Finds or unpacks a Chromium that starts: DDNN_CHROMIUM, else one on PATH, else npm's.
 * @returns {Promise<{ executablePath: string, args: string[] }>} for playwright-core's launch.
 * @throws {Error} naming everything that was tried, when every way failed.
 */
export async function findChromium({ env = process.env, say = () => {} } = {}) {
  const tried = []
  for (const candidate of candidates(env)) {
    if (await starts(candidate, tried)) return { executablePath: candidate, args }
    // What the user named is meant: another one would test something else.
    if (env.DDNN_CHROMIUM) throw nothingWorks(tried)
  }
  try {
    const executablePath = await unpack(env, say)
    if (await starts(executablePath, tried)) return { executablePath, args }
  } catch (error) {
    tried.push(`npm's @sparticuz/chromium: ${error.message}`)
  }
  throw nothingWorks(tried)
}

function candidates(env) {
  if (env.DDNN_CHROMIUM) return [env.DDNN_CHROMIUM]
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).filter(existsSync)
}

async function starts(executablePath, tried) {
  try {
    await run(executablePath, ['--version', '--no-sandbox'], { timeout: 30_000 })
    return true
  } catch (error) {
    const reason = String(error.stderr || error.message)
      .trim()
      .split('\n')
      .at(-1)
    tried.push(`${executablePath}: ${reason}`)
    return false
  }
}

/** Unpacks the package's browser, its libraries and fonts, and starts it by a script that finds them. */
async function unpack(env, say) {
  const entry = require.resolve('@sparticuz/chromium')
  const { version } = JSON.parse(readFileSync(packageFile(entry), 'utf8'))
  const cache = cacheFolder(env)
  const home = join(cache, `chromium-${version}`)
  const script = join(home, 'chromium.sh')
  if (existsSync(script)) return script
  say(`unpacking chromium ${version}`)
  await mkdir(cache, { recursive: true })
  const staging = await mkdtemp(join(cache, '.chromium-'))
  try {
    // The package unpacks into the temporary folder, and its libraries only where it believes to be
    // in the cloud that it was made for.
    const program =
      "import c from '@sparticuz/chromium'; process.stdout.write(await c.executablePath())"
    await run(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: dirname(fileURLToPath(import.meta.url)),
      env: { ...env, TMPDIR: staging, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' },
      timeout: 300_000,
    })
    await writeFile(join(staging, 'chromium.sh'), startScript)
    await chmod(join(staging, 'chromium.sh'), 0o755)
    await rename(staging, home).catch((error) => {
      // Another run was quicker; its copy is as good.
      if (!existsSync(script)) throw error
    })
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
  return script
}

/** Fonts and libraries of the package are used only where the system has none of its own. */
const startScript = `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
[ -d /etc/fonts ] || export FONTCONFIG_PATH="$here/fonts"
if ldd "$here/chromium" | grep -q 'not found'; then
  export LD_LIBRARY_PATH="\${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$here/al2023/lib"
fi
exec "$here/chromium" "$@"
`

function packageFile(entry) {
  for (let folder = dirname(entry); folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    // Packages mark their build folders by package.json files without a version.
    if (existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).version) return file
  }
  throw new Error('its package.json is missing')
}

function nothingWorks(tried) {
  return new Error(
    [
      'No Chromium for the tests: every way failed',
      ...tried.map((line) => `  ${line}`),
      'Install chromium, set DDNN_CHROMIUM to one, or run npm ci with its dev dependencies',
    ].join('\n'),
  )
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    const say = (line) => process.stdout.write(`${line}\n`)
    const { executablePath } = await findChromium({ say })
    say(`chromium: ${executablePath}`)
  } catch (error) {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
}
