// OpenTelemetry's collector for tests: built once from Go's modules into the cache, at the versions that
// test/tracing/collector.yaml names (Go 1.25 or later; 2 minutes on two cores). `node scripts/find-collector.mjs` prints where it is.
import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cacheFolder } from './cache.mjs'

const run = promisify(execFile)
const recipe = fileURLToPath(new URL('../test/tracing/collector.yaml', import.meta.url))

/**
 * @param {(line: string) => void} [say]
 * @returns {Promise<string>} absolute path of `otelcol`
 * @throws {Error} naming what is missing
 */
export async function findCollector(say = () => {}) {
  const version = /^ {2}version: (\S+)$/m.exec(await readFile(recipe, 'utf8'))?.[1]
  const file = join(cacheFolder(), `otelcol-${version}`)
  if (await works(file)) return file
  say(`OpenTelemetry's collector ${version}: built from Go's modules, some minutes`)
  try {
    await build(version, file)
  } catch (cause) {
    const lines = (cause.stderr?.trim() || cause.message).split('\n')
    const reason = lines.slice(-3).join('; ')
    throw new Error(`no OpenTelemetry collector (${reason}). Install Go 1.25 or later`, { cause })
  }
  if (await works(file)) return file
  throw new Error(`no OpenTelemetry collector: ${file} does not run here`)
}

/** Built elsewhere first, so that one that was cut off is never taken for whole. */
async function build(version, file) {
  await mkdir(cacheFolder(), { recursive: true })
  const folder = await mkdtemp(join(tmpdir(), 'ddnn-otelcol-'))
  const env = { ...process.env, GOFLAGS: '-buildvcs=false' }
  try {
    const builder = `go.opentelemetry.io/collector/cmd/builder@v${version}`
    await run('go', ['run', builder, '--config', recipe], { cwd: folder, env, maxBuffer: 1e8 })
    const part = `${file}-${process.pid}`
    await copyFile(join(folder, 'built', 'otelcol'), part)
    await rename(part, file)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function works(program) {
  return run(program, ['--version']).then(
    () => true,
    () => false,
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(await findCollector((line) => console.error(line)))
}
