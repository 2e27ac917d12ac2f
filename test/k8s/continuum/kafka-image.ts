// Files of the image apache/kafka, which no registry is needed for: Kafka's jars from Maven at the places
// that the image has them, and scripts of our own (../kafka-image) that do what its scripts do.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { repoPath } from '../../helpers/paths.ts'
import { readOnly, thisMachine, type Files } from './images.ts'

interface Installer {
  readonly installKafka: () => Promise<
    { readonly javaBin: string; readonly container: boolean } | undefined
  >
  readonly installJars: (
    name: string,
    artifacts: readonly (readonly [group: string, artifact: string, version: string])[],
  ) => Promise<string>
}

// Newer releases of its tools are not on Maven Central; they speak with newer brokers.
const toolsVersion = '4.3.1'
// Of Kafka's own release, which Maven does not take along.
const log4jVersion = '2.25.5'

/** Classes of the tools that the setup may call. */
const tools = {
  'kafka-topics': 'org.apache.kafka.tools.TopicCommand',
  'kafka-configs': 'kafka.admin.ConfigCommand',
  'kafka-acls': 'org.apache.kafka.tools.AclCommand',
  'kafka-broker-api-versions': 'org.apache.kafka.tools.BrokerApiVersionsCommand',
  'kafka-consumer-groups': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
}

/** @throws Error where Java or the jars cannot be had */
export async function kafkaFiles(version: string): Promise<Files> {
  const script = pathToFileURL(repoPath('scripts', 'install-kafka.mjs')).href
  const { installKafka, installJars } = (await import(script)) as Installer
  const java = await installKafka()
  if (java === undefined || java.container) {
    throw new Error('Expected Java 17 on this machine; unset KAFKA_BROKERS')
  }
  const logging = ['org.apache.logging.log4j', 'log4j-slf4j-impl', log4jVersion] as const
  const server = await installJars(`kafka-image-${version}`, [
    ['org.apache.kafka', 'kafka_2.13', version],
    logging,
  ])
  const toolJars = await installJars(`kafka-tools-${toolsVersion}`, [
    ['org.apache.kafka', 'kafka-tools', toolsVersion],
    ['org.apache.kafka', 'kafka_2.13', toolsVersion],
    logging,
  ])
  const { rootfs, mounts } = thisMachine()
  const bin = join(rootfs, 'opt', 'kafka', 'bin')
  mkdirSync(bin, { recursive: true })
  for (const [name, className] of Object.entries(tools)) {
    const lines = [
      '#!/bin/sh',
      "export CLASSPATH='/opt/kafka/tools/*'",
      `exec /opt/kafka/bin/java-class.sh ${className} "$@"`,
    ]
    writeFileSync(join(bin, `${name}.sh`), `${lines.join('\n')}\n`, { mode: 0o755 })
  }
  for (const folder of ['opt/kafka/config', 'mnt/shared/config']) {
    mkdirSync(join(rootfs, folder), { recursive: true })
  }
  const own = (name: string) => repoPath('test', 'k8s', 'kafka-image', name)
  const settingsOfTools = 'tools-log4j2.yaml'
  // A file, not a mount: brokers have a volume in place of this folder.
  copyFileSync(
    own(`docker/${settingsOfTools}`),
    join(rootfs, 'opt', 'kafka', 'config', settingsOfTools),
  )
  // Debian keeps settings of its Java in /etc.
  const settings = readdirSync('/etc').filter((name) => name.startsWith('java'))
  const pathOfJava = existsSync(java.javaBin) ? java.javaBin : which(java.javaBin)
  return {
    config: {
      User: '1000:1000',
      WorkingDir: '/',
      Env: [
        'PATH=/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        'JAVA_HOME=/opt/java/openjdk',
      ],
      Entrypoint: [],
      Cmd: ['/etc/kafka/docker/run'],
    },
    rootfs,
    mounts: [
      ...mounts,
      ...settings.map((name) => readOnly(`/etc/${name}`)),
      readOnly(dirname(dirname(realpathSync(pathOfJava))), '/opt/java/openjdk'),
      readOnly(own('docker'), '/etc/kafka/docker'),
      readOnly(own('bin/java-class.sh'), '/opt/kafka/bin/java-class.sh'),
      readOnly(server, '/opt/kafka/libs'),
      readOnly(toolJars, '/opt/kafka/tools'),
    ],
    form: `Kafka ${version} from Maven, its tools ${toolsVersion}, at the image's places`,
    remove: async () => {},
  }
}

/** @throws Error where PATH has none */
function which(command: string): string {
  const folder = (process.env['PATH'] ?? '')
    .split(':')
    .find((one) => existsSync(join(one, command)))
  if (folder === undefined) throw new Error(`Expected ${command} in PATH`)
  return join(folder, command)
}
