// The four-process chain with every image sent to the cloud: p50 of one image at a time, and images a
// second with many in flight, for each engine; beside it, where Python is at hand, peers that do what the
// original does (JSON, one request in flight, one keras predict a submodel). Everything on loopback.
// Usage: node bench/chain.mjs [--images 200] [--in-flight 16] [--peers 20] [--out bench/runs/NAME]
// Needs `npm run build`; downloads what `npm test` needs.
import { spawn } from 'node:child_process'
import { cpus, release, tmpdir, totalmem, type } from 'node:os'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import kafkajs from 'kafkajs'
import { drawFlower, labels } from '../dist/input/drawn-flowers.js'
import { kafkaVersion } from '../scripts/install-kafka.mjs'
import { startBroker } from '../scripts/kafka-broker.mjs'
import { ensurePythonEnv } from '../scripts/python-env.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const { values: options } = parseArgs({
  options: {
    images: { type: 'string', default: '200' },
    'in-flight': { type: 'string', default: '16' },
    peers: { type: 'string', default: '20' },
    out: { type: 'string' },
  },
})
const kafka = await startBroker({ isMeasured: true })
const [host, port] = kafka.bootstrap.split(':')
const children = new Set()
const rows = [['chain', 'images', 'in_flight', 'p50_ms', 'p95_ms', 'images_per_second']]

try {
  const images = await drawImages(Number(options.images))
  for (const engine of ['tensorflow', 'wasm']) {
    const topics = newTopics()
    const tiers = await startTiers(topics, engine)
    // The first run fills caches and Kafka's metadata; it is not counted.
    await runDevice(topics, images, 1)
    for (const inFlight of [1, Number(options['in-flight'])]) {
      rows.push(summarise(`ddnn ${engine}`, await runDevice(topics, images, inFlight), inFlight))
    }
    await Promise.all(tiers.map(stop))
  }
  if (Number(options.peers) > 0) rows.push(await runPeers(images, Number(options.peers)))
} finally {
  for (const child of children) child.kill('SIGKILL')
  await kafka.stop()
}
report()

function summarise(chain, { seconds, times }, inFlight) {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (q) => (sorted[Math.floor(q * (sorted.length - 1))] * 1000).toFixed(2)
  return [chain, times.length, inFlight, at(0.5), at(0.95), (times.length / seconds).toFixed(1)]
}

function newTopics() {
  const id = Math.random().toString(36).slice(2, 8)
  const names = ['device-edge', 'edge-device', 'edge-fog', 'fog-edge', 'fog-cloud', 'cloud-fog']
  return Object.fromEntries(names.map((name) => [name, `${name}.${id}`]))
}

function link(side, requests, replies) {
  const [requestEnd, replyEnd] =
    side === 'back' ? ['consumer', 'producer'] : ['producer', 'consumer']
  return [
    ...[`--${requestEnd}-${side}`, host, `--${requestEnd}-${side}-port`, port],
    ...[`--${replyEnd}-${side}`, host, `--${replyEnd}-${side}-port`, port],
    ...[`--${requestEnd}-${side}-topic`, requests, `--${replyEnd}-${side}-topic`, replies],
  ]
}

function startTiers(topics, engine) {
  const common = ['--engine', engine, '--threshold', '1.1', '--log-format', 'json']
  const tier = (name, ...links) =>
    startNode(['--models', `saved_models/${name}`, '--name', name, ...common, ...links.flat()])
  return Promise.all([
    tier(
      'edge',
      link('back', topics['device-edge'], topics['edge-device']),
      link('front', topics['edge-fog'], topics['fog-edge']),
    ),
    tier(
      'fog',
      link('back', topics['edge-fog'], topics['fog-edge']),
      link('front', topics['fog-cloud'], topics['cloud-fog']),
    ),
    tier('cloud', link('back', topics['fog-cloud'], topics['cloud-fog'])),
  ])
}

/** Starts a tier and resolves when it is ready. */
function startNode(args) {
  const child = spawn(process.execPath, ['dist/main.js', ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  children.add(child)
  return new Promise((resolve, reject) => {
    let log = ''
    child.stderr.on('data', (chunk) => {
      log += chunk
      if (log.includes('"msg":"ready"')) resolve(child)
    })
    child.on('close', () => {
      children.delete(child)
      reject(new Error(`a tier ended: ${log}`))
    })
  })
}

function stop(child) {
  return new Promise((resolve) => {
    child.on('close', resolve)
    child.kill('SIGTERM')
  })
}

/** Round trips in seconds, from the device's own CSV. */
async function runDevice(topics, images, inFlight) {
  const csv = join(mkdtempSync(join(tmpdir(), 'ddnn-bench-')), 'results.csv')
  const args = ['-i', images, '-l', 'data/labels.txt', '--name', 'device', '-o', csv]
  args.push(...link('front', topics['device-edge'], topics['edge-device']))
  const stdout = await runToEnd([...args, '--max-in-flight', String(inFlight)])
  const lines = readFileSync(csv, 'utf8').trim().split('\n')
  const columns = lines[0].split(';')
  const cells = lines.slice(1).map((line) => line.split(';'))
  const times = cells.map((row) => Number(row[columns.indexOf('Prediction_Time')]))
  const exits = new Set(cells.map((row) => row[columns.indexOf('Exit')]))
  if (exits.size !== 1 || !exits.has('cloud'))
    throw new Error(`not all left at the cloud: ${[...exits]}`)
  const rate = /([\d.]+) images a second/.exec(stdout)?.[1]
  if (rate === undefined) throw new Error(`no rate in the summary:\n${stdout}`)
  return { times, seconds: times.length / Number(rate) }
}

function runToEnd(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['dist/main.js', ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let out = ''
    child.stdout.on('data', (chunk) => (out += chunk))
    child.on('close', (code) =>
      code === 0 ? resolve(out) : reject(new Error(`device ended with ${code}\n${out}`)),
    )
  })
}

async function drawImages(count) {
  const folder = mkdtempSync(join(tmpdir(), 'ddnn-bench-images-'))
  for (const label of labels) mkdirSync(join(folder, label))
  for (let i = 0; i < count; i++) {
    const label = labels[i % labels.length]
    const image = await drawFlower({ label, difficulty: i / count, seed: 9000 + i, size: 180 })
    writeFileSync(join(folder, label, `${String(i).padStart(4, '0')}.jpg`), image)
  }
  return folder
}

/** The Python peers as device, edge, fog and cloud, on topics of one partition. */
async function runPeers(images, count) {
  const topics = newTopics()
  const admin = new kafkajs.Kafka({ brokers: [kafka.bootstrap], logLevel: 0 }).admin()
  await admin.connect()
  const configEntries = [{ name: 'max.message.bytes', value: '67108864' }]
  await admin.createTopics({
    topics: Object.values(topics).map((topic) => ({ topic, numPartitions: 1, configEntries })),
  })
  await admin.disconnect()
  const plain = await ensurePythonEnv(['kafka-python==2.3.3', 'pillow==11.3.0'])
  const tensorflow = await ensurePythonEnv(['tensorflow-cpu==2.20.0'])
  const peer = (python, script, args) => startPython(python, plain, script, args)
  const tier = (name, back, front) =>
    peer(tensorflow, 'tier.py', [
      ...[
        '--name',
        name,
        '--models',
        join(root, 'saved_models', name),
        '--bootstrap',
        kafka.bootstrap,
      ],
      ...['--consumer-back-topic', topics[back[0]], '--producer-back-topic', topics[back[1]]],
      ...(front
        ? ['--producer-front-topic', topics[front[0]], '--consumer-front-topic', topics[front[1]]]
        : []),
      ...['--threshold', '1e9'],
    ])
  const tiers = await Promise.all([
    tier('edge', ['device-edge', 'edge-device'], ['edge-fog', 'fog-edge']),
    tier('fog', ['edge-fog', 'fog-edge'], ['fog-cloud', 'cloud-fog']),
    tier('cloud', ['fog-cloud', 'cloud-fog']),
  ])
  const device = await peer(plain, 'device.py', [
    ...['--images', images, '--bootstrap', kafka.bootstrap, '--limit', String(count + 2)],
    ...[
      '--producer-front-topic',
      topics['device-edge'],
      '--consumer-front-topic',
      topics['edge-device'],
    ],
  ])
  await device.ended
  // The first two pay for tracing and metadata.
  const times = device.lines
    .filter((line) => line.seconds !== undefined)
    .slice(2)
    .map((line) => line.seconds)
  await Promise.all(tiers.map(({ child }) => stop(child)))
  return summarise('Python peers', { times, seconds: times.reduce((a, b) => a + b, 0) }, 1)
}

async function startPython(python, plain, script, args) {
  const site = await new Promise((resolve) => {
    const asked = spawn(plain, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))'])
    asked.stdout.on('data', (chunk) => resolve(String(chunk).trim()))
  })
  const env = { ...process.env, PYTHONPATH: site, PYTHONUNBUFFERED: '1', TF_CPP_MIN_LOG_LEVEL: '3' }
  const child = spawn(python, [join(root, 'test/e2e/peers', script), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.add(child)
  const lines = []
  let rest = ''
  let isReady
  const ready = new Promise((resolve) => (isReady = resolve))
  child.stdout.on('data', (chunk) => {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop()
    lines.push(...parts.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line)))
    if (lines.length > 0) isReady()
  })
  const ended = new Promise((resolve) =>
    child.on('close', () => (children.delete(child), resolve())),
  )
  await Promise.race([ready, ended])
  return { child, lines, ended }
}

function report() {
  const csv = `${rows.map((row) => row.join(',')).join('\n')}\n`
  const [cpu] = cpus()
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const of = (name) => lock[`node_modules/${name}`]?.version
  const peer = rows.find(([chain]) => chain === 'Python peers')
  const head = [
    `# Four-process chain, every image to the cloud`,
    '',
    `- command: \`node bench/chain.mjs --images ${options.images} --in-flight ${options['in-flight']} --peers ${options.peers}\``,
    `- date: ${new Date().toISOString().slice(0, 10)}`,
    `- machine: ${cpus().length} x ${cpu.model}, ${Math.round(totalmem() / 2 ** 30)} GB, ${type()} ${release()}`,
    `- versions: ddnn ${version}, Node ${process.version}, kafkajs ${of('kafkajs')}, tfjs-node ${of('@tensorflow/tfjs-node')}, tfjs-backend-wasm ${of('@tensorflow/tfjs-backend-wasm')}, Kafka ${kafkaVersion} (one broker, same machine)`,
    `- model: saved_models/{edge,fog,cloud}, 180 x 180 drawn flowers; device, three tiers and the broker share the cores`,
    '',
    '| chain | images | in flight | p50 ms | p95 ms | images a second | p50 against the peers |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows.slice(1).map((row) => {
      const ratio = peer === undefined || row === peer ? '' : `${(peer[3] / row[3]).toFixed(0)} x`
      return `| ${[...row, ratio].join(' | ')} |`
    }),
    '',
    'The Python peers (test/e2e/peers) are written from the description of the original: JSON messages, one request in flight, keras.predict on the same submodels.',
    '',
  ].join('\n')
  process.stdout.write(head)
  if (options.out !== undefined) {
    mkdirSync(options.out, { recursive: true })
    writeFileSync(join(options.out, 'raw.csv'), csv)
    writeFileSync(join(options.out, 'README.md'), head)
  }
}
