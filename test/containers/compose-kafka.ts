// The broker of compose.yaml on this machine: its environment, turned into properties by the image's own
// KafkaDockerWrapper. Put in its place is only what a container has of its own: an address (so that 9092 is
// free), and the folder of its data.
import { execFile, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { tempFolder, watch } from '../helpers/cli.ts'
import { repoPath } from '../helpers/paths.ts'
import { loopbackAddress } from '../helpers/service-address.ts'
import { until } from '../helpers/until.ts'

const run = promisify(execFile)

/** What the image sets where nobody else does. */
const imageClusterId = '5L6g3nShT-eMCtK--X86sw'

export interface ComposeKafka {
  /** What the name `kafka` leads to. */
  readonly host: string
  stop(): Promise<void>
}

export async function startComposeKafka(
  environment: Readonly<Record<string, string>>,
): Promise<ComposeKafka> {
  const { javaBin, libsDir } = await installKafka()
  const host = loopbackAddress()
  const folder = tempFolder()
  const config = join(folder, 'config')
  const hostsFile = join(folder, 'hosts')
  for (const name of ['config', 'none', 'data']) mkdirSync(join(folder, name))
  writeFileSync(hostsFile, `${host} kafka\n${host} localhost\n`)
  const own = {
    ...environment,
    CLUSTER_ID: imageClusterId,
    KAFKA_LISTENERS: environment['KAFKA_LISTENERS']?.replaceAll('://:', `://${host}:`),
    KAFKA_LOG_DIRS: join(folder, 'data'),
  }
  const java = ['-cp', `${libsDir}/*`, `-Djdk.net.hosts.file=${hostsFile}`]
  const env = { PATH: process.env['PATH'], ...own }
  const setup = ['kafka.docker.KafkaDockerWrapper', 'setup']
    .concat('--default-configs-dir', join(folder, 'none'))
    .concat('--mounted-configs-dir', join(folder, 'none'))
    .concat('--final-configs-dir', config)
  await run(javaBin, [...java, ...setup], { env })
  const heap = (environment['KAFKA_HEAP_OPTS'] ?? '').split(' ')
  const properties = join(config, 'server.properties')
  const broker = watch(
    spawn(javaBin, [...java, ...heap, 'kafka.Kafka', properties], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
    280_000,
  )
  // As its health check; no client here knows the names that it answers with.
  const answers = () => accepts(host, 9092)
  await until('the broker of compose.yaml to answer', answers, 120_000).catch((error: Error) => {
    throw new Error(`${error.message}, got\n${broker.output().slice(-4000)}`)
  })
  return { host, stop: async () => void (await broker.stop('SIGTERM')) }
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host)
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

interface Installed {
  readonly javaBin: string
  readonly libsDir: string
}

async function installKafka(): Promise<Installed> {
  const script = pathToFileURL(repoPath('scripts', 'install-kafka.mjs')).href
  const installer = (await import(script)) as { installKafka: () => Promise<Installed | undefined> }
  const found = await installer.installKafka()
  if (found === undefined) throw new Error('Expected to start a broker; unset KAFKA_BROKERS')
  return found
}
