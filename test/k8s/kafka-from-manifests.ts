// Starts the brokers of the StatefulSet `kafka` on this machine: its environment, turned into properties
// by the image's own KafkaDockerWrapper, its ConfigMaps and Secrets as files. Only what one machine
// without containers cannot give is put in its place: each Pod has an address of loopback (127.0.0.2...)
// which its names lead to, and mount paths are folders of a temporary one.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { tempFolder } from '../helpers/cli.ts'
import { repoPath } from '../helpers/paths.ts'
import {
  type Container,
  environmentOf,
  type Manifest,
  oneOf,
  type PodWorld,
  type Values,
  configMapsOf,
  type Volume,
  valuesOf,
  type Workload,
} from '../helpers/kubernetes.ts'

const run = promisify(execFile)

export interface ManifestKafka {
  /** Addresses by name: every broker inside the cluster, by its short name too, and outside. */
  readonly hosts: ReadonlyMap<string, string>
  /** 127.0.0.2:9092,... */
  readonly inside: string
  /** Runs a Java program with the brokers' names known to it; resolves with its output. */
  java(jars: string, args: readonly string[]): Promise<string>
  readonly hostsFile: string
  /** What the brokers wrote so far. */
  output(): string
  stop(): Promise<void>
}

/** `secrets` are decoded values. Rejects when Java or Kafka's jars cannot be had, or a broker is refused. */
export async function startKafkaFromManifests(
  manifests: readonly Manifest[],
  secrets: Values,
): Promise<ManifestKafka> {
  const { javaBin, libsDir } = await installKafka()
  const statefulSet = oneOf<Workload>(manifests, 'StatefulSet', 'kafka')
  const namespace = statefulSet.metadata.namespace ?? 'default'
  const folder = tempFolder()
  const hosts = new Map<string, string>()
  const hostsFile = join(folder, 'hosts')
  const count = statefulSet.spec.replicas ?? 1
  const pods = Array.from({ length: count }, (_, index) => {
    const address = `127.0.0.${index + 2}`
    const name = `kafka-${index}`
    for (const end of [
      '',
      `.${namespace}`,
      `.${namespace}.svc`,
      `.${namespace}.svc.cluster.local`,
    ]) {
      hosts.set(`${name}.kafka${end}`, address)
    }
    return { name, index, address }
  })
  writeFileSync(hostsFile, [...hosts].map(([name, address]) => `${address} ${name}\n`).join(''))
  const children: ChildProcess[] = []
  const output: string[] = []
  const stop = async () => {
    await Promise.all(
      children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return
        const ended = new Promise((resolve) => child.once('close', resolve))
        child.kill('SIGTERM')
        await ended
      }),
    )
  }
  const java = async (jars: string, args: readonly string[]) => {
    const { stdout } = await run(
      javaBin,
      ['-cp', `${jars}/*`, `-Djdk.net.hosts.file=${hostsFile}`, ...args],
      { maxBuffer: 16 << 20 },
    )
    return stdout
  }
  try {
    const started = pods.map(async ({ name, index, address }) => {
      const [container] = statefulSet.spec.template.spec.containers
      if (container === undefined) throw new Error('Expected the StatefulSet to have a container')
      const world: PodWorld = {
        podName: name,
        namespace,
        labels: { 'apps.kubernetes.io/pod-index': String(index) },
        configMaps: configMapsOf(manifests),
        secrets,
      }
      const volumes = statefulSet.spec.template.spec.volumes ?? []
      const paths = mountVolumes(container, volumes, world, join(folder, name))
      const environment = Object.fromEntries(
        Object.entries(environmentOf(container, world)).map(([key, value]) => [
          key,
          onThisMachine(key, value, address, paths),
        ]),
      )
      const config = paths.get('/opt/kafka/config') ?? ''
      const logs = paths.get('/opt/kafka/logs') ?? ''
      const env = { PATH: process.env['PATH'], ...environment }
      const common = ['-cp', `${libsDir}/*`, `-Djdk.net.hosts.file=${hostsFile}`]
      const folders = ['--default-configs-dir', logs, '--mounted-configs-dir']
      const mounted = join(folder, name, 'mnt/shared/config')
      await run(
        javaBin,
        [...common, 'kafka.docker.KafkaDockerWrapper', 'setup', ...folders, mounted].concat(
          '--final-configs-dir',
          config,
        ),
        { env },
      )
      const options = [environment['KAFKA_HEAP_OPTS'], environment['KAFKA_GC_LOG_OPTS']]
      const child = spawn(
        javaBin,
        [
          ...common,
          ...options.flatMap((option) => (option === undefined ? [] : option.split(' '))),
          `-Dlog4j2.configurationFile=${join(config, 'log4j2.yaml')}`,
          'kafka.Kafka',
          join(config, 'server.properties'),
        ],
        { env, stdio: ['ignore', 'pipe', 'pipe'] },
      )
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk) => output.push(String(chunk)))
      }
      children.push(child)
    })
    await Promise.all(started)
  } catch (error) {
    await stop()
    throw error
  }
  process.once('exit', () => children.forEach((child) => child.kill('SIGKILL')))
  return {
    hosts,
    hostsFile,
    inside: pods.map(({ address }) => `${address}:9092`).join(','),
    java,
    output: () => output.join(''),
    stop,
  }
}

/** Makes the folder of each mount; by mount path, where it is. */
function mountVolumes(
  container: Container,
  volumes: readonly Volume[],
  world: PodWorld,
  root: string,
): ReadonlyMap<string, string> {
  const paths = new Map<string, string>()
  for (const { name, mountPath, subPath } of container.volumeMounts ?? []) {
    const place = join(root, mountPath)
    paths.set(mountPath, place)
    const volume = volumes.find((one) => one.name === name)
    const files = volume === undefined ? {} : filesOf(volume, world)
    if (subPath === undefined) {
      mkdirSync(place, { recursive: true })
      for (const [file, text] of Object.entries(files)) writeFileSync(join(place, file), text)
    } else {
      mkdirSync(join(place, '..'), { recursive: true })
      writeFileSync(place, files[subPath] ?? '')
    }
  }
  return paths
}

function filesOf({ configMap, secret }: Volume, world: PodWorld): Readonly<Record<string, string>> {
  if (configMap === undefined && secret === undefined) return {}
  const values =
    configMap === undefined
      ? valuesOf(world.secrets, 'Secret', secret?.secretName ?? '')
      : valuesOf(world.configMaps, 'ConfigMap', configMap.name)
  const items = configMap?.items ?? secret?.items
  if (items === undefined) return values
  return Object.fromEntries(
    items.map(({ key, path }) => {
      const value = values[key]
      if (value === undefined) throw new Error(`Expected a key '${key}' for the file '${path}'`)
      return [path, value]
    }),
  )
}

/** Mount paths lead to their folders; a listener on all addresses to the Pod's own. */
function onThisMachine(
  name: string,
  value: string,
  address: string,
  paths: ReadonlyMap<string, string>,
): string {
  // In one pass and longest first, for a folder's own path may hold another's.
  const mounts = [...paths.keys()].sort((a, b) => b.length - a.length)
  const here = value.replaceAll(
    new RegExp(`(?<![\\w.-])(${mounts.join('|')})(?![\\w-])`, 'g'),
    (path) => paths.get(path) ?? path,
  )
  return name === 'KAFKA_LISTENERS' ? here.replaceAll('://:', `://${address}:`) : here
}

interface Installed {
  readonly javaBin: string
  readonly libsDir: string
}

async function installKafka(): Promise<Installed> {
  const script = pathToFileURL(repoPath('scripts', 'install-kafka.mjs')).href
  const installer = (await import(script)) as { installKafka(): Promise<Installed | undefined> }
  const found = await installer.installKafka()
  if (found === undefined) throw new Error('Expected to start brokers; unset KAFKA_BROKERS')
  return found
}
