// Starts real Kafka brokers (KRaft) on free loopback ports, for tests, benchmarks and `ddnn up`: startBroker().
// Run as a script it starts some, prints their addresses and stops them on Ctrl-C:
// node scripts/kafka-broker.mjs [--brokers 3]
// Started with an IPC channel (ddnn up), it says by it where they are, and ends with its parent.
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import kafkajs from 'kafkajs'
import { installKafka } from './install-kafka.mjs'

const { Kafka, logLevel } = kafkajs
const startTimeoutMs = 60_000
/** Java's second compiler is left out: a start costs two thirds of the CPU time, long runs are slower. */
const quickStart = ['-XX:TieredStopAtLevel=1']

/**
 * Starts a cluster of `brokers` (default 1) and resolves when all of them answer. It dies with this
 * process. With KAFKA_BROKERS set nothing is started and those brokers are given back; stop() then
 * leaves them alone.
 * @param {{ brokers?: number, config?: Record<string, string | number>, heapMb?: number, isMeasured?: boolean,
 *   listeners?: Record<string, { protocol: string, config?: Record<string, string>,
 *     advertised?: string | ((index: number) => string) }>,
 *   formatArgs?: string[], say?: (line: string) => void }} [options]
 *   `config` is added to each broker's server.properties. `listeners` stand beside the plaintext one, by
 *   name, each with a security protocol of Kafka's (SSL, SASL_PLAINTEXT, SASL_SSL) and properties that are
 *   written with its prefix, and `advertised` (host:port, or what gives it of a broker's index) where it is to
 *   name another address than its own.
 *   `formatArgs` go to the storage tool (--add-scram ...).
 *   `isMeasured` (default false) gives brokers of full speed, which start more slowly.
 */
export async function startBroker(options = {}) {
  const { brokers: count = 1, config = {}, heapMb = 512, say = () => {} } = options
  const { listeners = {}, formatArgs = [], isMeasured = false } = options
  const extras = Object.entries(listeners)
  const install = await installKafka({ say })
  if (install === undefined) return givenBrokers(process.env.KAFKA_BROKERS)
  const folder = await mkdtemp(join(tmpdir(), 'ddnn-kafka-'))
  const ports = await freePorts(count * (2 + extras.length))
  const portOf = (extra, index) => ports[count * (2 + extra) + index]
  const clusterId = randomUUID().replaceAll('-', '').slice(0, 22)
  const voters = ports
    .slice(count, count * 2)
    .map((port, index) => `${index + 1}@127.0.0.1:${port}`)
  const brokers = ports.slice(0, count).map((port, index) => {
    const open = extras
      .map(([name], extra) => `,${name}://127.0.0.1:${portOf(extra, index)}`)
      .join('')
    const advertised = extras
      .map(
        ([name, at], extra) =>
          `,${name}://${advertisedBy(at, index) ?? `127.0.0.1:${portOf(extra, index)}`}`,
      )
      .join('')
    const protocols = extras.map(([name, { protocol }]) => `,${name}:${protocol}`).join('')
    const properties = {
      'process.roles': 'broker,controller',
      'node.id': index + 1,
      'controller.quorum.voters': voters.join(','),
      listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${ports[count + index]}${open}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}${advertised}`,
      'listener.security.protocol.map': `PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT${protocols}`,
      'controller.listener.names': 'CONTROLLER',
      'log.dirs': join(folder, `data-${index + 1}`),
      'group.initial.rebalance.delay.ms': 0,
      // Lets a test watch a session end without waiting for the default's six seconds.
      'group.min.session.timeout.ms': 1000,
      // A killed broker may come back only when its old session has ended (default 9 s).
      'broker.heartbeat.interval.ms': 500,
      'broker.session.timeout.ms': 4000,
      'auto.create.topics.enable': false,
      'offsets.topic.num.partitions': 4,
      'offsets.topic.replication.factor': Math.min(3, count),
      'transaction.state.log.num.partitions': 4,
      'transaction.state.log.replication.factor': Math.min(3, count),
      'transaction.state.log.min.isr': 1,
      'share.coordinator.state.topic.replication.factor': 1,
      'share.coordinator.state.topic.min.isr': 1,
      ...Object.fromEntries(extras.flatMap(([name, extra]) => prefixed(name, extra.config))),
      ...config,
    }
    const id = index + 1
    const javaArgs = [`-Xmx${heapMb}m`, ...(isMeasured ? [] : quickStart)]
    return createBroker({ install, folder, id, port, clusterId, properties, formatArgs, javaArgs })
  })
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', () => {
    for (const broker of brokers) broker.killNow()
    removeFolder()
  })
  const bootstrap = brokers.map((broker) => `127.0.0.1:${broker.port}`).join(',')
  const cluster = {
    /** host:port of every broker, with commas. */
    bootstrap,
    /** The same of each further listener, by its name. */
    listeners: Object.fromEntries(
      extras.map(([name], extra) => [
        name,
        brokers.map((_, index) => `127.0.0.1:${portOf(extra, index)}`).join(','),
      ]),
    ),
    /** One by one: { port, pid, start, stop, kill }; start() comes back on the same port and data. */
    brokers,
    /** Resolves when as many brokers as given (default all) are up and know each other. */
    ready: (up = count) => untilReady(bootstrap.split(','), up, brokers),
    async stop() {
      await Promise.all(brokers.map((broker) => broker.stop()))
      removeFolder()
    },
    /** As a power cut: SIGKILL to all. Their data stay until stop(). */
    async kill() {
      await Promise.all(brokers.map((broker) => broker.kill()))
    },
  }
  try {
    await Promise.all(brokers.map((broker) => broker.start()))
    await cluster.ready()
  } catch (error) {
    await cluster.kill()
    removeFolder()
    throw error
  }
  return cluster
}

function advertisedBy({ advertised }, index) {
  return typeof advertised === 'function' ? advertised(index) : advertised
}

function givenBrokers(bootstrap) {
  const nothing = async () => {}
  return { bootstrap, listeners: {}, brokers: [], ready: nothing, stop: nothing, kill: nothing }
}

/** Properties of one listener alone, as Kafka names them. */
function prefixed(listener, config = {}) {
  return Object.entries(config).map(([key, value]) => [
    `listener.name.${listener.toLowerCase()}.${key}`,
    value,
  ])
}

function createBroker(options) {
  const { install, folder, id, port, clusterId, properties, formatArgs, javaArgs } = options
  const home = join(folder, `broker-${id}`)
  const settings = join(home, 'server.properties')
  mkdirSync(home, { recursive: true })
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}`)
  writeFileSync(settings, `${lines.join('\n')}\n`)
  const container = install.container ? `ddnn-${clusterId}-${id}` : undefined
  const env = { ...process.env, DDNN_BROKER_FOLDER: folder }
  const java = (args, extra = {}) =>
    diesWithUs(install, ['-cp', `${install.libsDir}/*`, ...args], { ...env, ...extra })
  let running
  let formatted = false

  /** Waits for the process to be gone; SIGKILL if it takes longer than it may. */
  async function end(signal, withinMs) {
    if (running === undefined) return
    const { child, ended } = running
    child.kill(signal)
    if (signal === 'SIGKILL' && container !== undefined) {
      spawn('docker', ['kill', container], { stdio: 'ignore' }).on('error', () => {})
    }
    const late = new AbortController()
    await Promise.race([
      ended,
      setTimeout(withinMs, undefined, { signal: late.signal }).then(() => child.kill('SIGKILL')),
    ])
    late.abort()
    await ended
  }

  const broker = {
    port,
    get pid() {
      return running?.child.pid
    },
    /** The last lines that the broker wrote, for an error's message. */
    get output() {
      return running?.output.join('') ?? ''
    },
    /** Resolves when the process that runs now is gone. */
    get ended() {
      return running?.ended ?? Promise.resolve()
    },
    get isRunning() {
      if (running === undefined || running.child.killed) return false
      return running.child.exitCode === null && running.child.signalCode === null
    },
    async start() {
      if (!formatted) {
        const format = ['format', '--ignore-formatted', '-t', clusterId, '-c', settings]
        await done(
          java(['-Xmx128m', ...quickStart, 'kafka.tools.StorageTool', ...format, ...formatArgs]),
        )
        formatted = true
      }
      const child = java(
        [...javaArgs, '-Djava.awt.headless=true', 'kafka.Kafka', settings],
        container === undefined ? {} : { DDNN_CONTAINER: container },
      )
      const output = []
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk) => {
          output.push(String(chunk))
          if (output.length > 50) output.shift()
        })
      }
      const ended = new Promise((resolve) => child.once('close', resolve))
      running = { child, output, ended }
    },
    stop: () => end('SIGTERM', 20_000),
    kill: () => end('SIGKILL', 20_000),
    killNow() {
      running?.child.kill('SIGKILL')
    },
  }
  return broker
}

/** Where setpriv is (Linux), the kernel ends the broker even when this process is killed. */
function diesWithUs(install, args, env) {
  const options = { env, stdio: ['ignore', 'pipe', 'pipe'] }
  if (process.platform !== 'linux' || install.container) {
    return spawn(install.javaBin, args, options)
  }
  const script = 'command -v setpriv >/dev/null && exec setpriv --pdeathsig KILL "$@"; exec "$@"'
  // By its path: `ddnn up` runs where PATH holds Node alone.
  return spawn('/bin/sh', ['-c', script, 'sh', install.javaBin, ...args], options)
}

function done(child) {
  return new Promise((resolve, reject) => {
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => (output += chunk))
    }
    child.once('error', reject)
    child.once('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`Formatting a broker failed: ${output}`)),
    )
  })
}

async function untilReady(addresses, up, brokers) {
  const kafka = new Kafka({
    clientId: 'ddnn-starter',
    brokers: addresses,
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1000,
    requestTimeout: 2000,
    retry: { retries: 0, initialRetryTime: 50 },
  })
  const deadline = Date.now() + startTimeoutMs
  for (;;) {
    const admin = kafka.admin()
    try {
      await admin.connect()
      const { brokers: answering } = await admin.describeCluster()
      if (answering.length >= up) return
      throw new Error(`${answering.length} of ${up} brokers are up`)
    } catch (error) {
      const dead = brokers.filter((broker) => broker.pid !== undefined && !broker.isRunning)
      if (dead.length > brokers.length - up || Date.now() > deadline) {
        const output = dead.map((broker) => broker.output).join('\n')
        throw new Error(`Kafka did not start: ${error.message}\n${output}`, { cause: error })
      }
      await setTimeout(100)
    } finally {
      await admin.disconnect().catch(() => {})
    }
  }
}

/** As many free ports as asked for, held together until all are known, so that they differ. */
async function freePorts(count) {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise((resolve, reject) => {
          const server = createServer()
          server.once('error', reject)
          server.listen(0, '127.0.0.1', () => resolve(server))
        }),
    ),
  )
  const ports = servers.map((server) => server.address().port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** After its parent is gone: time for what asks the brokers to end in order, milliseconds. */
const orphanMs = 3000

async function main() {
  const at = process.argv.indexOf('--brokers')
  const brokers = at === -1 ? 1 : Number(process.argv[at + 1])
  let cluster
  let isStopping = false
  const stop = async (end) => {
    if (isStopping) return
    isStopping = true
    await end?.()
    process.exit(0)
  }
  // A signal while they start: 'exit' kills what there is.
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop(cluster?.stop))
  process.once('SIGHUP', () => stop(cluster?.kill))
  process.once('disconnect', async () => {
    if (cluster !== undefined) await setTimeout(orphanMs)
    await stop(cluster?.kill)
  })
  try {
    cluster = await startBroker({ brokers, say: (line) => console.error(line) })
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
  if (process.send) process.send({ bootstrap: cluster.bootstrap })
  else console.log(cluster.bootstrap)
  // Those of KAFKA_BROKERS are nobody's here to watch.
  if (cluster.brokers.length === 0) return
  await Promise.race(cluster.brokers.map((broker) => broker.ended))
  if (isStopping) return
  const [ended] = cluster.brokers.filter((broker) => !broker.isRunning)
  console.error(`A broker ended by itself\n${ended?.output ?? ''}`)
  process.exit(1)
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await main()
}
