// A deployment for docker compose: services as in compose.yaml, and its Kafka where the file has a broker of its own.
import { resolve } from 'node:path'
import {
  accessFolder,
  accessOf,
  environmentOf,
  grpcPort,
  httpPort,
  modelsOf,
  type ContainedProcess,
} from './contained-process.ts'
import type { ModelPlace } from './model-places.ts'
import { composeKafka } from './compose-kafka.ts'
import { commented, toYaml } from './manifest-text.ts'

interface ComposeOptions {
  readonly image: string
  /** Whether Kafka is a service beside the tiers. */
  readonly hasKafka: boolean
  /** Folders that are mounted, from here; those of the package are in the image. */
  readonly mounted: readonly ModelPlace[]
  /** As compose takes names of projects. */
  readonly project: string
}

/** Where tiers find the Kafka of the file. */
export const composeBroker = 'kafka:9092'

/** Beyond the time that requests get to finish, seconds. */
const graceSeconds = 5

const confined = { cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] }

export function composeText(
  processes: readonly ContainedProcess[],
  options: ComposeOptions,
  comment: readonly string[],
): string {
  const secrets = processes.flatMap((process) =>
    filesOf(process).map(({ flag, value }): [string, { file: string }] => [
      secretName(process, flag),
      { file: escaped(resolve(value ?? '')) },
    ]),
  )
  const file = {
    name: options.project,
    services: {
      ...Object.fromEntries(processes.map((one) => [one.objectName, serviceOf(one, options)])),
      ...(options.hasKafka ? { kafka: composeKafka } : {}),
    },
    ...(secrets.length === 0 ? {} : { secrets: Object.fromEntries(secrets) }),
    ...(options.hasKafka ? { volumes: { 'kafka-data': {} } } : {}),
  }
  return commented(comment) + toYaml(file)
}

function serviceOf(process: ContainedProcess, { image, hasKafka, mounted }: ComposeOptions) {
  const { replicas, shutdownTimeoutMs } = process
  const folders = mounted.filter(({ path }) => modelsOf(process).includes(path))
  const files = filesOf(process)
  const ports = portsOf(process)
  return {
    image,
    restart: 'unless-stopped',
    read_only: true,
    ...confined,
    stop_grace_period: `${Math.ceil(shutdownTimeoutMs / 1000) + graceSeconds}s`,
    ...(hasKafka ? { depends_on: { kafka: { condition: 'service_healthy' } } } : {}),
    ...(replicas > 1 ? { deploy: { replicas } } : {}),
    environment: composeEnvironment(process),
    ...(ports.length === 0 ? {} : { ports }),
    ...(folders.length === 0 ? {} : { volumes: folders.map(mountOf) }),
    ...(files.length === 0
      ? {}
      : {
          secrets: files.map(({ flag }) => ({
            source: secretName(process, flag),
            target: `${accessFolder}/${flag}`,
          })),
        }),
    healthcheck: {
      test: ['CMD', 'node', 'dist/main.js', 'health'],
      ...{ interval: '5s', timeout: '5s', start_period: '60s', retries: 3 },
    },
  }
}

/** A password comes from the shell, as NAME_EDGE; without it compose does not start. */
function composeEnvironment(process: ContainedProcess): Record<string, string> {
  const plain = Object.entries(environmentOf(process)).map(([name, value]) => [
    name,
    escaped(value),
  ])
  const suffix = process.objectName.replaceAll('-', '_').toUpperCase()
  const secrets = accessOf(process)
    .filter(({ kind }) => kind === 'secret')
    .map(({ variable }) => [variable, `\${${variable}_${suffix}:?}`])
  return Object.fromEntries([...plain, ...secrets]) as Record<string, string>
}

/** For this machine alone where no token is asked for and the file does not say that all may ask. */
function portsOf({ doorPorts, saysWhoAsks }: ContainedProcess): readonly string[] {
  if (doorPorts === undefined) return []
  const host = saysWhoAsks ? '' : '127.0.0.1:'
  return [
    `${host}${doorPorts.http}:${httpPort}`,
    ...(doorPorts.grpc === undefined ? [] : [`${host}${doorPorts.grpc}:${grpcPort}`]),
  ]
}

function mountOf({ folder, path }: ModelPlace) {
  return { type: 'bind', source: escaped(folder.path), target: path, read_only: true }
}

function secretName({ objectName }: ContainedProcess, flag: string): string {
  return `${objectName}-${flag}`
}

function filesOf(process: ContainedProcess) {
  return accessOf(process).filter(({ kind }) => kind === 'file')
}

/** A dollar begins a variable. */
function escaped(value: string): string {
  return value.replaceAll('$', '$$$$')
}
