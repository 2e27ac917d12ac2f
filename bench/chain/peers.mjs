// Peers that do what the original does (JSON, one request in flight, one keras predict a submodel), in
// Python: test/e2e/peers as device, edge, fog and cloud, on topics of one partition.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ensurePythonEnv } from '../../scripts/python-env.mjs'
import { at } from './measure.mjs'
import { here, stop, track } from './processes.mjs'
import { createTopics, newTopics } from './topics.mjs'

/** @returns {Promise<{ p50_ms: number, p95_ms: number, images_per_second: number }>} of `count` images */
export async function runPeers({ bootstrap, images, count }) {
  const topics = newTopics()
  await createTopics(bootstrap, topics)
  const plain = await ensurePythonEnv(['kafka-python==2.3.3', 'pillow==11.3.0'])
  const tensorflow = await ensurePythonEnv(['tensorflow-cpu==2.20.0'])
  const peer = (python, script, args) =>
    startPython(python, plain, script, [...args, '--bootstrap', bootstrap])
  const back = ([requests, replies]) => [
    ...['--consumer-back-topic', requests, '--producer-back-topic', replies],
  ]
  const front = ([requests, replies]) => [
    ...['--producer-front-topic', requests, '--consumer-front-topic', replies],
  ]
  const tier = (name, ...links) => {
    const models = join(here, 'saved_models', name)
    const args = ['--name', name, '--models', models, ...links.flat(), '--threshold', '1e9']
    return peer(tensorflow, 'tier.py', args)
  }
  const tiers = await Promise.all([
    tier('edge', back(topics.device), front(topics.edge)),
    tier('fog', back(topics.edge), front(topics.fog)),
    tier('cloud', back(topics.fog)),
  ])
  const limit = ['--limit', String(count + 2)]
  const device = await peer(plain, 'device.py', [
    '--images',
    images,
    ...limit,
    ...front(topics.device),
  ])
  await device.ended
  // The first two pay for tracing and metadata.
  const times = device.lines
    .filter((line) => line.seconds !== undefined)
    .slice(2)
    .map((line) => line.seconds * 1000)
  await Promise.all(tiers.map(({ child }) => stop(child)))
  const seconds = times.reduce((a, b) => a + b, 0) / 1000
  const rate = times.length / seconds
  return { p50_ms: at(times, 0.5), p95_ms: at(times, 0.95), images_per_second: rate }
}

async function startPython(python, plain, script, args) {
  const site = await new Promise((resolve) => {
    const asked = spawn(plain, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))'])
    asked.stdout.on('data', (chunk) => resolve(String(chunk).trim()))
  })
  const env = { ...process.env, PYTHONPATH: site, PYTHONUNBUFFERED: '1', TF_CPP_MIN_LOG_LEVEL: '3' }
  const path = join(here, 'test/e2e/peers', script)
  const child = track(spawn(python, [path, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] }))
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
  const ended = new Promise((resolve) => child.on('close', resolve))
  await Promise.race([ready, ended])
  return { child, lines, ended }
}
